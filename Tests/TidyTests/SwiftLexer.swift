/// Splits Swift source into words and marks.
///
/// Leaves out comments, regular expressions and the text of strings, but not the code that a string interpolates.
struct SwiftLexer {
    private let bytes: [UInt8]
    private var offset = 0
    private var tokens: [String] = []

    private init(_ text: String) { bytes = Array(text.utf8) }

    /// The words and marks of a source, in order; a mark is one character.
    static func tokens(of text: String) -> [String] {
        var lexer = SwiftLexer(text)
        lexer.readCode()
        return lexer.tokens
    }

    /// Whether a token is a name, a keyword or a number.
    static func isWord(_ token: String) -> Bool { token.utf8.first.map(isWordByte) ?? false }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }

    private func character(_ distance: Int = 0) -> Character? {
        offset + distance < bytes.count ? Character(Unicode.Scalar(bytes[offset + distance])) : nil
    }

    /// Reads to the end of the text, or past the parenthesis that ends an interpolation.
    private mutating func readCode() {
        var nesting = 0
        while let next = character() {
            switch next {
            case "/" where character(1) == "/": skip(past: "\n")
            case "/" where character(1) == "*": skipComment()
            case "/" where beginsRegex: skipRegex(poundCount: 0)
            case "\"": readString(poundCount: 0)
            case "#": readPounds()
            case "`": readEscapedName()
            case " ", "\n", "\t": offset += 1
            case ")" where nesting == 0:
                offset += 1
                return
            case _ where Self.isWordByte(bytes[offset]): readWord()
            default:
                if next == "(" { nesting += 1 }
                if next == ")" { nesting -= 1 }
                tokens.append(String(next))
                offset += 1
            }
        }
    }

    private mutating func readWord() {
        let start = offset
        while offset < bytes.count, Self.isWordByte(bytes[offset]) { offset += 1 }
        tokens.append(String(decoding: bytes[start..<offset], as: UTF8.self))
    }

    /// Reads a name between backticks: a word like others, or a sentence, which is one token.
    private mutating func readEscapedName() {
        offset += 1
        let name = bytes[offset...].prefix { $0 != UInt8(ascii: "`") }
        let text = String(decoding: name, as: UTF8.self)
        tokens.append(name.allSatisfy(Self.isWordByte) ? text : "`\(text)`")
        offset += name.count + 1
    }

    /// Reads what number signs begin: a string, a regular expression or a directive.
    private mutating func readPounds() {
        var count = 0
        while character(count) == "#" { count += 1 }
        let next = character(count)
        offset += count
        if next == "\"" { readString(poundCount: count) }
        if next == "/" { skipRegex(poundCount: count) }
    }

    private mutating func readString(poundCount: Int) {
        let quoteCount = character(1) == "\"" && character(2) == "\"" ? 3 : 1
        let end = String(repeating: "\"", count: quoteCount) + String(repeating: "#", count: poundCount)
        let escape = "\\" + String(repeating: "#", count: poundCount)
        offset += quoteCount
        while offset < bytes.count, !isAt(end) {
            guard isAt(escape) else {
                offset += 1
                continue
            }
            offset += escape.utf8.count + 1
            if bytes[offset - 1] == UInt8(ascii: "(") { readCode() }
        }
        offset += end.utf8.count
    }

    /// Whether a slash cannot be a division, because no operand comes before it.
    private var beginsRegex: Bool {
        guard let next = character(1), next != " ", next != "\n" else { return false }
        return tokens.last.map { ["(", "[", "{", ",", ":", "=", "return", "in"].contains($0) } ?? true
    }

    private mutating func skipRegex(poundCount: Int) {
        let end = "/" + String(repeating: "#", count: poundCount)
        offset += 1
        while offset < bytes.count, !isAt(end) { offset += character() == "\\" ? 2 : 1 }
        offset += end.utf8.count
    }

    /// Skips a comment, and the comments in it.
    private mutating func skipComment() {
        var nesting = 0
        repeat {
            if isAt("/*") { nesting += 1 }
            if isAt("*/") { nesting -= 1 }
            offset += isAt("/*") || isAt("*/") ? 2 : 1
        } while nesting > 0 && offset < bytes.count
    }

    private mutating func skip(past end: Character) {
        while let next = character(), next != end { offset += 1 }
        offset += 1
    }

    private func isAt(_ text: String) -> Bool { bytes[min(offset, bytes.count)...].starts(with: text.utf8) }
}
