internal import CCrypto

/// A SHA-256 hash: of a leaf, of a node, or of the whole tree.
public struct MerkleHash: Hashable, Sendable, CustomStringConvertible {
    /// How many bytes a hash has.
    public static let byteCount = 32

    /// The bytes of the hash.
    public let bytes: [UInt8]

    /// A hash from its 32 bytes; nil where there are not 32.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = Array(bytes)
    }

    fileprivate init(digest bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Lower-case hexadecimal digits.
    public var description: String {
        String(
            decoding: bytes.flatMap { [Self.digits[Int($0 >> 4)], Self.digits[Int($0 & 15)]] },
            as: UTF8.self
        )
    }

    private static let digits = Array("0123456789abcdef".utf8)
}

/// SHA-256 as RFC 6962, section 2.1, uses it: leaves and nodes are told apart by their first byte.
///
/// Owns one OpenSSL context, which is used over and over; not to be shared between threads.
@safe struct MerkleHasher: ~Copyable {
    private let context: OpaquePointer

    init() {
        guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("OpenSSL gives a digest context") }
        unsafe self.context = unsafe context
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    /// The hash of a leaf: of the byte 0 and the record.
    func leaf(_ record: [UInt8]) -> MerkleHash { digest([0], record, []) }

    /// The hash of a node: of the byte 1 and its two children.
    func node(_ left: MerkleHash, _ right: MerkleHash) -> MerkleHash { digest([1], left.bytes, right.bytes) }

    /// The hash of the empty tree: of no bytes.
    func empty() -> MerkleHash { digest([], [], []) }

    private func digest(_ first: [UInt8], _ second: [UInt8], _ third: [UInt8]) -> MerkleHash {
        var isFine = unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
        for part in [first, second, third] {
            unsafe part.withUnsafeBytes { buffer in
                isFine = unsafe EVP_DigestUpdate(context, buffer.baseAddress, buffer.count) == 1 && isFine
            }
        }
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: MerkleHash.byteCount) { buffer, count in
            isFine = unsafe EVP_DigestFinal_ex(context, buffer.baseAddress, nil) == 1 && isFine
            count = MerkleHash.byteCount
        }
        precondition(isFine, "OpenSSL computes SHA-256")
        return MerkleHash(digest: bytes)
    }
}
