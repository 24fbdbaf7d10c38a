internal import CCrypto
internal import CLedgerShims
import TradeModel

/// CRC32C (Castagnoli), the checksum of every file of the ledger: RFC 3720, appendix B.4.
package enum Checksum {
    /// The checksum of the bytes, or of earlier bytes followed by these if it continues the earlier checksum.
    package static func crc32c(_ bytes: ArraySlice<UInt8>, continuing checksum: UInt32 = 0) -> UInt32 {
        unsafe bytes.withUnsafeBytes { buffer in
            unsafe ledger_crc32c(checksum, buffer.baseAddress, buffer.count)
        }
    }
}

/// SHA-256 (FIPS 180-4) of bytes in memory, by OpenSSL.
///
/// OpenSSL's functions for one algorithm: `EVP_DigestInit_ex` searches for the algorithm and allocates for each hash.
package enum SHA256 {
    private static let blockByteCount = 64
    /// A message that ends with a bit and its length in 64 bits.
    private static let paddingByteCountMin = 9
    /// How long a message is that is padded here: longer than most records.
    private static let shortByteCountMax = 4 * blockByteCount - paddingByteCountMin

    /// The 32 bytes of the hash over two pieces, one after the other.
    package static func digest(of first: Span<UInt8>, _ second: Span<UInt8> = Span()) -> InlineArray<32, UInt8> {
        var context = SHA256_CTX()
        var isFine = unsafe SHA256_Init(&context) == 1
        // A short message is padded here, and OpenSSL hashes its blocks by one call. Given the pieces, it would copy
        // the end of each into a buffer of its own, and hash the blocks by several calls.
        if first.count + second.count <= shortByteCountMax {
            let message = paddedMessage(first, second)
            isFine = update(&context, message.span.extracting(first: paddedByteCount(first, second))) && isFine
            precondition(isFine, "OpenSSL computes SHA-256")
            return digest(context)
        }
        isFine = update(&context, first) && update(&context, second) && isFine
        var digest = InlineArray<32, UInt8>(repeating: 0)
        var bytes = digest.mutableSpan
        unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            isFine = unsafe SHA256_Final(buffer.baseAddress, &context) == 1 && isFine
        }
        precondition(isFine, "OpenSSL computes SHA-256")
        return digest
    }

    /// How many bytes the blocks of a message have.
    private static func paddedByteCount(_ first: Span<UInt8>, _ second: Span<UInt8>) -> Int {
        let byteCount = first.count + second.count + paddingByteCountMin
        return (byteCount + blockByteCount - 1) / blockByteCount * blockByteCount
    }

    /// The blocks of a short message, and zeros after them.
    private static func paddedMessage(_ first: Span<UInt8>, _ second: Span<UInt8>) -> InlineArray<256, UInt8> {
        var message = InlineArray<256, UInt8>(repeating: 0)
        let byteCount = first.count + second.count
        let lengthOffset = paddedByteCount(first, second) - 8
        var bytes = message.mutableSpan
        unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe first.withUnsafeBytes { unsafe buffer.copyMemory(from: $0) }
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[first.count...])
            unsafe second.withUnsafeBytes { unsafe rest.copyMemory(from: $0) }
            unsafe buffer[byteCount] = 0x80
            unsafe buffer.storeBytes(of: UInt64(byteCount * 8).bigEndian, toByteOffset: lengthOffset, as: UInt64.self)
        }
        return message
    }

    /// The digest that a context holds after the last block.
    private static func digest(_ context: SHA256_CTX) -> InlineArray<32, UInt8> {
        let h = context.h
        return InlineArray { room in
            room.appendLittleEndian(h.0.byteSwapped)
            room.appendLittleEndian(h.1.byteSwapped)
            room.appendLittleEndian(h.2.byteSwapped)
            room.appendLittleEndian(h.3.byteSwapped)
            room.appendLittleEndian(h.4.byteSwapped)
            room.appendLittleEndian(h.5.byteSwapped)
            room.appendLittleEndian(h.6.byteSwapped)
            room.appendLittleEndian(h.7.byteSwapped)
        }
    }

    private static func update(_ context: inout SHA256_CTX, _ bytes: Span<UInt8>) -> Bool {
        unsafe bytes.withUnsafeBytes { buffer in
            unsafe SHA256_Update(&context, buffer.baseAddress, buffer.count) == 1
        }
    }
}
