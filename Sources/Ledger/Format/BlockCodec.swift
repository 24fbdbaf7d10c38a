internal import CLZ4

/// How the bytes of a sealed block are stored.
///
/// The raw value is the byte that names the codec on disk.
/// Another codec is another case: this file writes and reads it, and `schema/segment-format.md` describes it.
enum BlockCodec: UInt8, CaseIterable {
    /// As they are, because no other codec makes them shorter.
    case plain = 0
    /// As one block of LZ4.
    case lz4 = 1

    /// No codec makes more bytes than that of one; LZ4 makes 255.
    static let expansionMax = 255
    /// Higher levels of LZ4 take much longer and gain nothing; see `docs/benchmarks.md`.
    private static let level: Int32 = 6

    /// The shortest form of some bytes, and the codec that made it.
    static func compress(_ bytes: ArraySlice<UInt8>) -> (codec: BlockCodec, bytes: [UInt8]) {
        let count = Int32(bytes.count)
        let compressed = unsafe [UInt8](unsafeUninitializedCapacity: bytes.count) { buffer, filled in
            let made = unsafe bytes.withUnsafeBytes { source in
                unsafe LZ4_compress_HC(
                    source.baseAddress?.assumingMemoryBound(to: CChar.self),
                    UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self),
                    count,
                    count - 1,
                    level
                )
            }
            filled = Int(made)
        }
        return compressed.isEmpty ? (.plain, Array(bytes)) : (.lz4, compressed)
    }

    /// Appends the bytes that were compressed to a chunk; false, and nothing, where they are not so many.
    func decompress(_ bytes: [UInt8], byteCount: Int, appendingTo chunk: inout [UInt8]) -> Bool {
        switch self {
        case .plain:
            guard bytes.count == byteCount else { return false }
            chunk += bytes
            return true
        case .lz4: return Self.decompressLZ4(bytes, byteCount, &chunk)
        }
    }

    private static func decompressLZ4(_ bytes: [UInt8], _ byteCount: Int, _ chunk: inout [UInt8]) -> Bool {
        var isWhole = false
        chunk.append(addingCapacity: byteCount) { span in
            unsafe span.withUnsafeMutableBufferPointer { buffer, filled in
                let made = unsafe bytes.withUnsafeBytes { source in
                    unsafe LZ4_decompress_safe(
                        source.baseAddress?.assumingMemoryBound(to: CChar.self),
                        UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self),
                        Int32(source.count),
                        Int32(byteCount)
                    )
                }
                isWhole = Int(made) == byteCount
                if isWhole { filled = byteCount }
            }
        }
        return isWhole
    }
}
