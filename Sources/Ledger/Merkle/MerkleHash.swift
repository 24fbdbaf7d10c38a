import TradeModel

/// A SHA-256 hash: of a leaf, of a node, or of the whole tree.
public struct MerkleHash: Hashable, Sendable, CustomStringConvertible {
    /// How many bytes a hash has.
    public static let byteCount = 32

    /// The bytes as four words, little-endian, so that a tree of hashes takes no memory but theirs.
    private let words: SIMD4<UInt64>

    /// A hash from its 32 bytes; nil where there are not 32.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init(digest: Array(bytes).span)
    }

    fileprivate init(digest bytes: Span<UInt8>) {
        words = SIMD4(
            bytes.littleEndian64(at: 0),
            bytes.littleEndian64(at: 8),
            bytes.littleEndian64(at: 16),
            bytes.littleEndian64(at: 24)
        )
    }

    /// The bytes of the hash.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(addingCapacity: Self.byteCount) { append(to: &$0) }
        return bytes
    }

    fileprivate func append(to room: inout OutputSpan<UInt8>) {
        for index in words.indices { room.appendLittleEndian(words[index]) }
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

/// SHA-256 as RFC 6962, section 2.1, uses it: the first byte distinguishes leaves from nodes.
enum MerkleHasher {
    /// The hash of a leaf: of the byte 0 and the record.
    static func leaf(_ record: Span<UInt8>) -> MerkleHash {
        let prefix: InlineArray<1, UInt8> = [0]
        return digest(prefix.span, record)
    }

    /// The hash of a node: of the byte 1 and its two children.
    static func node(_ left: MerkleHash, _ right: MerkleHash) -> MerkleHash {
        let bytes = InlineArray<65, UInt8> { room in
            room.append(1)
            left.append(to: &room)
            right.append(to: &room)
        }
        return digest(bytes.span)
    }

    /// The hash of the empty tree: of no bytes.
    static func empty() -> MerkleHash { digest(Span()) }

    private static func digest(_ first: Span<UInt8>, _ second: Span<UInt8> = Span()) -> MerkleHash {
        let digest = SHA256.digest(of: first, second)
        return MerkleHash(digest: digest.span)
    }
}
