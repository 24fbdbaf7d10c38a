internal import Ledger

/// The first line of input that is not blank, by which input that is not NDJSON is refused.
///
/// Otherwise each line of a CSV or a database would be kept among the rejected events for ever. A line that begins as
/// an object does is an event, however broken it is: it is rejected and kept, as it would be further down.
struct FirstLine {
    /// What input is that is not NDJSON, and what to do about it.
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

    /// The bytes of the line after its byte-order mark.
    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
    }

    /// A line after the mark at its beginning, if it has one, that says that the text is UTF-8.
    static func withoutByteOrderMark(_ line: EventLine) -> EventLine {
        guard line.bytes.starts(with: byteOrderMark) else { return line }
        let markCount = byteOrderMark.count
        return EventLine(line.bytes.dropFirst(markCount), byteCount: line.byteCount - markCount)
    }

    /// Why the input is refused; nil where it is NDJSON.
    var refusal: Refusal? {
        if let known = Self.signatures.first(where: { bytes.starts(with: $0.bytes) }) { return known.refusal }
        let text = bytes.drop(while: Self.isBlank)
        switch text.first {
        case nil: return nil
        case UInt8(ascii: "{"):
            guard text.dropFirst().allSatisfy(Self.isBlank) else { return nil }
            return Refusal("one JSON object over several lines", "write each object on one line: jq -c .")
        case UInt8(ascii: "["): return Refusal("a JSON array", "write each element on one line: jq -c '.[]'")
        default: break
        }
        guard String(validating: text, as: UTF8.self) != nil, !text.contains(0) else { return Refusal("binary data") }
        return Refusal(text.contains(where: Self.separators.contains) ? "a CSV" : "text that is not JSON")
    }

    /// White space of JSON, which a line may hold nothing but.
    static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }

    private static let separators = Array(",;\t|".utf8)
}
