internal import CCrypto

/// SHA-256 (FIPS 180-4) of bytes in memory, by OpenSSL.
enum SHA256 {
    static let byteCount = 32

    static func digest(of bytes: [UInt8]) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            let result = unsafe bytes.withUnsafeBytes { bytes in
                unsafe EVP_Digest(bytes.baseAddress, bytes.count, buffer.baseAddress, nil, EVP_sha256(), nil)
            }
            precondition(result == 1, "OpenSSL computes SHA-256")
            count = byteCount
        }
    }
}
