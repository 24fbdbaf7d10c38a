import Foundation

/// A file of a ledger, to be changed without the ledger.
struct StoredFile {
    let path: String
    var bytes: [UInt8]

    init(_ path: String) throws {
        self.path = path
        bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    func write() throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    /// CRC32C bit by bit, written apart from the ledger's own.
    static func crc32c(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var checksum = ~UInt32(0)
        for byte in bytes {
            checksum ^= UInt32(byte)
            for _ in 0..<8 { checksum = checksum & 1 == 1 ? checksum >> 1 ^ 0x82F6_3B78 : checksum >> 1 }
        }
        return ~checksum
    }
}
