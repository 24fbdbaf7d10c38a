internal import CCrypto
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

/// SHA-256 (FIPS 180-4) of bytes in memory, by OpenSSL.
///
/// OpenSSL's functions for one algorithm: `EVP_DigestInit_ex` searches for the algorithm and allocates for each hash.
package enum SHA256 {
    /// The 32 bytes of the hash over two pieces, one after the other.
    package static func digest(of first: Span<UInt8>, _ second: Span<UInt8> = Span()) -> InlineArray<32, UInt8> {
        var context = SHA256_CTX()
        var isFine = unsafe SHA256_Init(&context) == 1
        isFine = update(&context, first) && update(&context, second) && isFine
        var digest = InlineArray<32, UInt8>(repeating: 0)
        var bytes = digest.mutableSpan
        unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            isFine = unsafe SHA256_Final(buffer.baseAddress, &context) == 1 && isFine
        }
        precondition(isFine, "OpenSSL computes SHA-256")
        return digest
    }

    private static func update(_ context: inout SHA256_CTX, _ bytes: Span<UInt8>) -> Bool {
        unsafe bytes.withUnsafeBytes { buffer in
            unsafe SHA256_Update(&context, buffer.baseAddress, buffer.count) == 1
        }
    }
}
