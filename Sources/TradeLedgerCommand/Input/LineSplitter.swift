internal import Glibc
internal import Ledger
internal import TradeModel

/// Splits the input into lines, and truncates a line that is too long to what a rejection keeps.
struct LineSplitter {
    /// The beginning of a line whose end has not been read yet.
    private var partial: [UInt8] = []
    /// Bytes of it that were not kept.
    private var droppedByteCount = 0

    /// The lines that end within the bytes, in order.
    ///
    /// Empty lines count, so that line numbers are right. A line that lies within the bytes shares their memory.
    mutating func lines(in bytes: [UInt8]) -> [EventLine] {
        var lines: [EventLine] = []
        var rest = bytes[...]
        while let end = Self.lineFeedOffset(rest) {
            let line = rest.prefix(end)
            if partial.isEmpty && droppedByteCount == 0 {
                lines.append(EventLine(line, byteCount: line.count))
            } else {
                add(line)
                lines.append(take())
            }
            rest = rest.dropFirst(end + 1)
        }
        add(rest)
        return lines
    }

    /// How many bytes have come of a line whose end has not.
    var restByteCount: Int { partial.count + droppedByteCount }

    /// The last line, where the input does not end with a line feed.
    mutating func rest() -> EventLine? {
        partial.isEmpty ? nil : take()
    }

    private static func lineFeedOffset(_ bytes: ArraySlice<UInt8>) -> Int? {
        unsafe bytes.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress, let end = unsafe memchr(start, 0x0A, buffer.count) else { return nil }
            return unsafe end - UnsafeMutableRawPointer(mutating: start)
        }
    }

    private mutating func add(_ bytes: ArraySlice<UInt8>) {
        let room = Limits.printedLineByteCountMax - partial.count
        partial.append(contentsOf: bytes.prefix(room))
        droppedByteCount += max(0, bytes.count - room)
    }

    private mutating func take() -> EventLine {
        defer {
            partial = []
            droppedByteCount = 0
        }
        return EventLine(partial[...], byteCount: partial.count + droppedByteCount)
    }
}
