internal import CCrypto

/// Ed25519 (RFC 8032) and SHA-256 by OpenSSL, over bytes in memory.
enum Ed25519 {
    /// How many bytes a seed and a public key have.
    static let keyByteCount = 32
    static let signatureByteCount = 64

    /// A seed from the system's random numbers.
    static func newSeed() -> [UInt8] {
        unsafe filled(keyByteCount, "OpenSSL gives random bytes") { buffer in
            unsafe RAND_priv_bytes(buffer, Int32(keyByteCount)) == 1
        }
    }

    static func publicKey(ofSeed seed: [UInt8]) -> [UInt8] {
        let key = unsafe privateKey(seed)
        defer { unsafe EVP_PKEY_free(key) }
        return unsafe filled(keyByteCount, "OpenSSL tells a public key") { buffer in
            var count = keyByteCount
            return unsafe EVP_PKEY_get_raw_public_key(key, buffer, &count) == 1 && count == keyByteCount
        }
    }

    /// The signature of a message; the same for the same message.
    static func signature(of message: [UInt8], seed: [UInt8]) -> [UInt8] {
        let key = unsafe privateKey(seed)
        let context = unsafe EVP_MD_CTX_new()
        defer {
            unsafe EVP_MD_CTX_free(context)
            unsafe EVP_PKEY_free(key)
        }
        return unsafe filled(signatureByteCount, "OpenSSL signs with Ed25519") { buffer in
            var count = signatureByteCount
            return unsafe EVP_DigestSignInit(context, nil, nil, nil, key) == 1
                && EVP_DigestSign(context, buffer, &count, message, message.count) == 1
                && count == signatureByteCount
        }
    }

    /// Whether a signature is that of a message by the holder of a public key.
    static func isValid(_ signature: [UInt8], of message: [UInt8], publicKey: [UInt8]) -> Bool {
        guard signature.count == signatureByteCount, isCanonical(publicKey),
            let key = unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, publicKey, publicKey.count)
        else { return false }
        let context = unsafe EVP_MD_CTX_new()
        defer {
            unsafe EVP_MD_CTX_free(context)
            unsafe EVP_PKEY_free(key)
        }
        return unsafe EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    /// Whether the encoding is canonical (RFC 8032, section 5.1.3), which OpenSSL does not check: y below 2^255 - 19,
    /// and no sign where x is 0.
    private static func isCanonical(_ publicKey: [UInt8]) -> Bool {
        guard publicKey.count == keyByteCount else { return false }
        var y = publicKey
        y[31] &= 0x7F
        let hasSign = y != publicKey
        let isHigh = y[1..<31].allSatisfy { $0 == 0xFF } && y[31] == 0x7F
        if isHigh && y[0] >= 0xED { return false }
        let isOne = y[0] == 1 && y[1...].allSatisfy { $0 == 0 }
        return !(hasSign && (isOne || isHigh && y[0] == 0xEC))
    }

    /// SHA-256 (FIPS 180-4) of some bytes.
    static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        unsafe filled(32, "OpenSSL computes SHA-256") { buffer in
            unsafe EVP_Digest(bytes, bytes.count, buffer, nil, EVP_sha256(), nil) == 1
        }
    }

    private static func privateKey(_ seed: [UInt8]) -> OpaquePointer {
        precondition(seed.count == keyByteCount, "a seed has \(keyByteCount) bytes")
        guard let key = unsafe EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count) else {
            preconditionFailure("every seed is a key")
        }
        return unsafe key
    }

    private static func filled(
        _ byteCount: Int,
        _ claim: StaticString,
        _ fill: (UnsafeMutablePointer<UInt8>?) -> Bool
    ) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            let isFine = unsafe fill(buffer.baseAddress)
            precondition(isFine, "\(claim)")
            count = byteCount
        }
    }
}

/// Base64 with padding (RFC 4648, section 4) in its one canonical form.
enum Base64 {
    static func text(_ bytes: [UInt8]) -> String {
        String(decoding: encoded(bytes), as: UTF8.self)
    }

    /// OpenSSL counts with 32 bits.
    private static let byteCountMax = 1 << 29

    /// The bytes of a text; nil for anything that `text` does not give, and for more than half a gigabyte.
    static func bytes(_ text: some Collection<UInt8>) -> [UInt8]? {
        let text = Array(text)
        guard text.count.isMultiple(of: 4), text.count / 4 * 3 <= byteCountMax else { return nil }
        let padding = text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
        var bytes = unsafe [UInt8](unsafeUninitializedCapacity: text.count / 4 * 3) { buffer, count in
            count = Int(max(0, unsafe EVP_DecodeBlock(buffer.baseAddress, text, Int32(text.count))))
        }
        bytes.removeLast(min(padding, bytes.count))
        // OpenSSL is lenient: it skips white space and accepts any bits after the last byte.
        return encoded(bytes) == text ? bytes : nil
    }

    private static func encoded(_ bytes: [UInt8]) -> [UInt8] {
        precondition(bytes.count <= byteCountMax, "\(bytes.count) bytes are too many for base64")
        // One byte more, because OpenSSL ends the text with a zero.
        return unsafe [UInt8](unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4 + 1) { buffer, count in
            count = Int(unsafe EVP_EncodeBlock(buffer.baseAddress, bytes, Int32(bytes.count)))
        }
    }
}
