import TradeModel

/// A line of JSON on its way in.
///
/// Only the first bytes of an oversized line have to be present.
public struct EventLine: Hashable, Sendable {
    /// The line without its line feed, or its first bytes.
    public let bytes: ArraySlice<UInt8>
    /// How many bytes the line had.
    public let byteCount: Int

    /// A line, whole.
    public init(_ bytes: [UInt8]) {
        self.init(bytes[...], byteCount: bytes.count)
    }

    /// A line that may have been truncated.
    public init(_ bytes: ArraySlice<UInt8>, byteCount: Int) {
        self.bytes = bytes.prefix(Limits.printedLineByteCountMax)
        self.byteCount = byteCount
    }
}
