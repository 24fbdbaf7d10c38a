internal import Ledger
internal import TradeModel

/// Cuts what is read into lines, and keeps of a line that is too long only as much as a rejection keeps.
struct LineSplitter {
    private var partial: [UInt8] = []
    /// Bytes of the line under way that were not kept.
    private var droppedByteCount = 0

    private static let lineFeed = UInt8(ascii: "\n")

    /// The lines that end within the bytes, in order.
    ///
    /// Empty lines count, so that line numbers are right.
    mutating func lines(in bytes: [UInt8]) -> [EventLine] {
        var lines: [EventLine] = []
        var start = 0
        while let end = bytes[start...].firstIndex(of: Self.lineFeed) {
            add(bytes[start..<end])
            lines.append(take())
            start = end + 1
        }
        add(bytes[start...])
        return lines
    }

    /// The last line, where the input does not end with a line feed.
    mutating func rest() -> EventLine? {
        partial.isEmpty ? nil : take()
    }

    private mutating func add(_ bytes: ArraySlice<UInt8>) {
        let room = Limits.eventLineByteCountMax - partial.count
        partial.append(contentsOf: bytes.prefix(room))
        droppedByteCount += max(0, bytes.count - room)
    }

    private mutating func take() -> EventLine {
        defer {
            partial.removeAll(keepingCapacity: true)
            droppedByteCount = 0
        }
        return EventLine(partial, byteCount: partial.count + droppedByteCount)
    }
}
