/// A text by its bytes, as a database compares it: `String` takes for equal what Unicode composes differently.
public struct ByteText: Hashable, Comparable, Sendable {
    /// The text in UTF-8.
    public let bytes: [UInt8]

    /// A text in UTF-8.
    public init(_ bytes: some Collection<UInt8>) { self.bytes = Array(bytes) }

    /// A text.
    public init(_ text: String) { bytes = Array(text.utf8) }

    /// The text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// All bytes at once, because a hash of one after the other takes several times as long.
    public func hash(into hasher: inout Hasher) {
        unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    }

    /// By bytes, as the collation `C` orders texts.
    public static func < (left: ByteText, right: ByteText) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
}
