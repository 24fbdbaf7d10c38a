internal import CLedgerShims

/// CRC32C (Castagnoli), the checksum of every file of the ledger: RFC 3720, appendix B.4.
package enum Checksum {
    package static func crc32c(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        unsafe bytes.withUnsafeBytes { buffer in
            unsafe ledger_crc32c(0, buffer.baseAddress, buffer.count)
        }
    }
}
