/// A blocked Bloom filter over the fingerprints of an index run: three bits in one 64-byte block for each fingerprint,
/// so that a lookup touches one cache line.
struct IndexFilter {
    private(set) var bytes: [UInt8]

    /// Bytes of a filter for so many trades: two for each, and one block at least.
    static func byteCount(openedCount: UInt64) -> Int {
        max(1, Int(openedCount) * 2 / blockByteCount) * blockByteCount
    }

    private static let blockByteCount = 64
    private static let bitCount = 3

    /// A filter that holds nothing.
    init(byteCount: Int) {
        bytes = [UInt8](repeating: 0, count: byteCount)
    }

    /// A filter from its stored bytes.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Adds a fingerprint, shortened as in the entries.
    mutating func insert(_ fingerprint: UInt64) {
        var (block, bits) = place(fingerprint)
        for _ in 0..<Self.bitCount {
            bytes[block + Int(bits >> 3 & 63)] |= 1 << UInt8(bits & 7)
            bits >>= 9
        }
    }

    /// Adds a fingerprint; false if it was certainly not present before.
    mutating func takeIn(_ fingerprint: UInt64) -> Bool {
        if mayContain(fingerprint) { return true }
        insert(fingerprint)
        return false
    }

    /// False if the fingerprint was certainly not added.
    func mayContain(_ fingerprint: UInt64) -> Bool {
        var (block, bits) = place(fingerprint)
        for _ in 0..<Self.bitCount {
            if bytes[block + Int(bits >> 3 & 63)] & 1 << UInt8(bits & 7) == 0 { return false }
            bits >>= 9
        }
        return true
    }

    /// Where the block of a fingerprint begins, and nine bits a place in it.
    private func place(_ fingerprint: UInt64) -> (block: Int, bits: UInt64) {
        var hash = fingerprint &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ (hash >> 32)) &* 0xD6E8_FEB8_6659_FD93
        let blockCount = UInt64(bytes.count / Self.blockByteCount)
        return (Int(((hash >> 32) &* blockCount) >> 32) * Self.blockByteCount, hash & 0xFFFF_FFFF)
    }
}
