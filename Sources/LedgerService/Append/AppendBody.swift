package import Ledger

/// The events in the body of a request.
package enum AppendBody {
    /// One JSON object, on one line.
    case one(EventLine)
    /// Lines of JSON, with their numbers from 1; blank lines are left out.
    case many([(number: UInt64, line: EventLine)])

    /// The media types of one object.
    static let objectTypes = ["application/json"]
    /// The media types of lines.
    static let lineTypes = ["application/x-ndjson", "application/ndjson", "application/jsonl"]

    /// Whether a value of `Content-Type` names one of some media types.
    static func isSupported(_ contentType: String?, among types: [String]) -> Bool {
        mediaType(contentType).map(types.contains) ?? false
    }

    /// The events of a body whose content type is supported.
    ///
    /// A JSON object may be spread over several lines. If more than one object comes as `application/json`, each line
    /// is an event. Throws a problem if there is none. O(bytes).
    package init(_ body: [UInt8], contentType: String?) throws(Problem) {
        guard body.contains(where: { !Self.isWhitespace($0) }) else {
            throw Problem(.invalidRequest, "the body is empty; send a JSON object, or lines of them")
        }
        let isOneObject =
            Self.mediaType(contentType).map(Self.objectTypes.contains) == true && !Self.hasMore(afterFirstObject: body)
        self = isOneObject ? .one(EventLine(Self.onOneLine(body))) : .many(Self.lines(body))
    }

    /// The part of a content type before its parameters, in lower case.
    private static func mediaType(_ contentType: String?) -> String? {
        contentType.map { text in
            let type = text.prefix { $0 != ";" }
            return type.lowercased().filter { $0 != " " && $0 != "\t" }
        }
    }

    /// Whether anything but white space comes after the first JSON object.
    private static func hasMore(afterFirstObject body: [UInt8]) -> Bool {
        var depth = 0
        var isInString = false
        var isEscaped = false
        for (index, byte) in body.enumerated() {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else {
                    isEscaped = byte == UInt8(ascii: "\\")
                    isInString = byte != UInt8(ascii: "\"")
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth <= 0 { return body[(index + 1)...].contains { !isWhitespace($0) } }
            default: break
            }
        }
        return false
    }

    /// The object without line feeds: JSON allows them only between values, where a space means the same.
    static func onOneLine(_ body: [UInt8]) -> [UInt8] {
        body.map { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") ? UInt8(ascii: " ") : $0 }
    }

    private static func lines(_ body: [UInt8]) -> [(number: UInt64, line: EventLine)] {
        var lines: [(number: UInt64, line: EventLine)] = []
        var number: UInt64 = 0
        for line in body.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            guard line.contains(where: { !isWhitespace($0) }) else { continue }
            lines.append((number, EventLine(line, byteCount: line.count)))
        }
        return lines
    }

    private static func isWhitespace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n")
            || byte == UInt8(ascii: "\r")
    }
}
