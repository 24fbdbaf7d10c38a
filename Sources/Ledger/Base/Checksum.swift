internal import CLedgerShims

/// CRC32C (Castagnoli), the checksum of every file of the ledger: RFC 3720, appendix B.4.
package enum Checksum {
    /// The checksum of the bytes, or of earlier bytes followed by these if it continues the earlier checksum.
    package static func crc32c(_ bytes: ArraySlice<UInt8>, continuing checksum: UInt32 = 0) -> UInt32 {
        unsafe bytes.withUnsafeBytes { buffer in
            unsafe ledger_crc32c(checksum, buffer.baseAddress, buffer.count)
        }
    }
}
