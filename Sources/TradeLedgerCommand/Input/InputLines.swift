internal import Glibc
internal import Ledger
internal import TradeModel

/// Splits the input into lines, and cuts a line that is too long to what a rejection keeps.
struct LineSplitter {
    /// The beginning of a line whose end has not been read yet.
    private var partial: [UInt8] = []
    /// How many bytes of that line were not kept.
    private var droppedByteCount = 0

    /// The lines that end within the bytes, in order and with the empty ones.
    ///
    /// A line that begins and ends within the bytes shares their memory.
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

    /// How many bytes were read of a line whose end was not read yet.
    var restByteCount: Int { partial.count + droppedByteCount }

    /// The last line, if the input does not end with a line feed.
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

/// Recognises by the first line that is not blank whether the input is NDJSON.
///
/// Otherwise each line of a CSV or a database file would be kept among the rejected events for ever. A line that begins
/// like an object counts as an event, however broken: it is rejected and kept, as it would be later in the input.
struct FirstLine {
    /// The format of input that is not NDJSON, and what the user can do about it.
    struct Refusal: Equatable {
        let format: String
        let remedy: String

        fileprivate init(_ format: String, _ remedy: String = "send one JSON object on each line") {
            self.format = format
            self.remedy = remedy
        }
    }

    private let bytes: ArraySlice<UInt8>

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    private static let signatures: [(bytes: [UInt8], refusal: Refusal)] = [
        (Array("SQLite format 3\0".utf8), Refusal("a SQLite database")),
        ([0x1F, 0x8B], Refusal("compressed by gzip", "decompress it first")),
        ([0x28, 0xB5, 0x2F, 0xFD], Refusal("compressed by zstd", "decompress it first")),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], Refusal("compressed by xz", "decompress it first")),
        (Array("BZh".utf8), Refusal("compressed by bzip2", "decompress it first")),
        ([0x50, 0x4B, 0x03, 0x04], Refusal("a ZIP archive or a spreadsheet")),
        ([0xFF, 0xFE], utf16), ([0xFE, 0xFF], utf16), ([0x7B, 0x00], utf16), ([0x00, 0x7B], utf16),
    ]
    private static let utf16 = Refusal("UTF-16 text", "write it as UTF-8")

    /// Takes the bytes of the line after its byte-order mark.
    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
    }

    /// A line without the UTF-8 byte-order mark at its start, if it has one.
    static func withoutByteOrderMark(_ line: EventLine) -> EventLine {
        let bytes = withoutByteOrderMark(line.bytes)
        return EventLine(bytes, byteCount: line.byteCount - (line.bytes.count - bytes.count))
    }

    /// The same for bytes.
    static func withoutByteOrderMark(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        bytes.starts(with: byteOrderMark) ? bytes.dropFirst(byteOrderMark.count) : bytes
    }

    /// Why the input is refused; nil if it is NDJSON.
    var refusal: Refusal? {
        if let signed { return signed }
        let text = bytes.drop(while: Self.isBlank)
        switch text.first {
        case nil: return nil
        case UInt8(ascii: "{"):
            guard text.dropFirst().allSatisfy(Self.isBlank) else { return nil }
            return Refusal("one JSON object over several lines", "write each object on one line: jq -c .")
        case UInt8(ascii: "["): return Refusal("a JSON array", "write each element on one line: jq -c '.[]'")
        default: break
        }
        if let refusalOfBinary { return refusalOfBinary }
        return Refusal(text.contains(where: Self.separators.contains) ? "a CSV" : "text that is not JSON")
    }

    /// Why the input is refused that is not text; nil if it is text.
    var refusalOfBinary: Refusal? {
        if let signed { return signed }
        let isText = String(validating: bytes, as: UTF8.self) != nil && !bytes.contains(0)
        return isText ? nil : Refusal("binary data")
    }

    /// The format that the first bytes name; nil where they name none.
    private var signed: Refusal? { Self.signatures.first { bytes.starts(with: $0.bytes) }?.refusal }

    /// The white space of JSON, which a blank line may consist of.
    static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }

    private static let separators = Array(",;\t|".utf8)
}
