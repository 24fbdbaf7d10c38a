internal import TradeModel

/// The text of a file of the journal, which Python's `json` writes over several lines.
enum JournalText {
    /// The one JSON object that is all of a file; throws what is wrong with it.
    static func object(_ text: [UInt8]) throws(JournalFault) -> ContextObject {
        let line = try line(text)
        do throws(Rejection) { return try ContextObject(parsing: line[...]) } catch {
            throw JournalFault(.unreadable, error.message)
        }
    }

    /// The same text on one line, as the ledger reads JSON: line feeds between tokens become spaces.
    ///
    /// Offsets stay, so that a message names the byte of the file. Throws where Python wrote what is not JSON.
    private static func line(_ text: [UInt8]) throws(JournalFault) -> [UInt8] {
        var line = text
        var tokens = TokenWalk()
        for index in line.indices {
            guard tokens.isBetweenStrings(line[index]) else { continue }
            switch line[index] {
            case UInt8(ascii: "\n"): line[index] = UInt8(ascii: " ")
            case UInt8(ascii: "N"), UInt8(ascii: "I"):
                throw JournalFault(
                    .unreadable,
                    "NaN or Infinity at byte \(index + 1): Python writes it, but it is neither JSON nor a number that "
                        + "can be recorded"
                )
            default: break
            }
        }
        while let last = line.last, isSpace(last) { line.removeLast() }
        return line
    }

    /// A value without the space between its tokens.
    static func compact(_ json: ArraySlice<UInt8>) -> [UInt8] {
        var tokens = TokenWalk()
        return json.filter { !(tokens.isBetweenStrings($0) && isSpace($0)) }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { FirstLine.isBlank(byte) || byte == UInt8(ascii: "\n") }
}

/// A walk over JSON that knows which bytes are in strings.
private struct TokenWalk {
    private var isInString = false
    private var isEscaped = false

    /// Whether the next byte is outside of strings and is not a quote.
    mutating func isBetweenStrings(_ byte: UInt8) -> Bool {
        if isInString {
            let isEnd = byte == UInt8(ascii: "\"") && !isEscaped
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
            isInString = !isEnd
            return false
        }
        isInString = byte == UInt8(ascii: "\"")
        return !isInString
    }
}
