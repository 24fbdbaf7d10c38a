/// Reads the bytes of one JSON object and refuses all that is not exactly RFC 8259, or that PostgreSQL or a second
/// reader could take otherwise: bad UTF-8, U+0000, half a surrogate pair, a name twice in one object, a line feed.
///
/// Offsets count from the start of the text. The work is linear in the text, but for objects with many names, which
/// are sorted.
struct JSONScanner {
    /// The members of the objects that are open, outermost object first; only the outermost one's have values.
    private var members: [JSONMember] = []
    /// The next byte to read.
    var offset = 0

    /// An event and its context rarely have more names at a time.
    static let usualKeyCountMax = 24

    /// Up to this many names are compared pairwise, which is faster than sorting and takes no memory.
    private static let pairwiseKeyCountMax = 16

    /// The members of the object that is all of the text, in the order in which they stand.
    static func members(of text: Span<UInt8>) throws(Rejection) -> [JSONMember] {
        if let members = usualMembers(of: text) { return members }
        var scanner = JSONScanner()
        try scanner.scanText(text)
        return scanner.members
    }

    /// Checks that the text is one object and nothing else, where it stands within so many objects.
    static func checkObject(_ text: Span<UInt8>, outerNesting: Int) throws(Rejection) {
        if isUsualObject(text, outerNesting: outerNesting) { return }
        var scanner = JSONScanner()
        guard text.count > 0, text[0] == UInt8(ascii: "{") else { throw scanner.fault("expected an object") }
        try scanner.scanObject(in: text, nesting: outerNesting + 1)
        guard scanner.offset == text.count else { throw scanner.fault("expected the end after the object") }
    }

    private mutating func scanText(_ text: Span<UInt8>) throws(Rejection) {
        members.reserveCapacity(Self.usualKeyCountMax)
        try skipSpace(in: text)
        guard offset < text.count, text[offset] == UInt8(ascii: "{") else { throw fault("expected an object") }
        try scanObject(in: text, nesting: 1)
        try skipSpace(in: text)
        guard offset == text.count else { throw fault("expected the end of the line after the object") }
    }

    private mutating func scanValue(in text: Span<UInt8>, nesting: Int) throws(Rejection) -> JSONValue {
        guard offset < text.count else { throw fault("expected a value") }
        let start = offset
        switch text[start] {
        case UInt8(ascii: "{"):
            try scanObject(in: text, nesting: nesting + 1)
            return JSONValue(.object, start..<offset)
        case UInt8(ascii: "["):
            try scanArray(in: text, nesting: nesting + 1)
            return JSONValue(.array, start..<offset)
        default:
            return try scanScalar(in: text)
        }
    }

    /// Reads a value that has no values within it.
    mutating func scanScalar(in text: Span<UInt8>) throws(Rejection) -> JSONValue {
        guard offset < text.count else { throw fault("expected a value") }
        let start = offset
        switch text[start] {
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            try scanNumber(in: text)
            return JSONValue(.number, start..<offset)
        case UInt8(ascii: "\""):
            return try scanString(in: text)
        case UInt8(ascii: "t"):
            try scanWord("true", in: text)
            return JSONValue(.bool, start..<offset)
        case UInt8(ascii: "f"):
            try scanWord("false", in: text)
            return JSONValue(.bool, start..<offset)
        case UInt8(ascii: "n"):
            try scanWord("null", in: text)
            return JSONValue(.null, start..<offset)
        default:
            throw fault("expected a value")
        }
    }

    private mutating func scanObject(in text: Span<UInt8>, nesting: Int) throws(Rejection) {
        try checkNesting(nesting)
        let firstKey = members.count
        offset += 1
        try skipSpace(in: text)
        if take(UInt8(ascii: "}"), in: text) { return }
        while true {
            guard offset < text.count, text[offset] == UInt8(ascii: "\"") else {
                throw fault("expected a name in quotes")
            }
            let index = members.count
            members.append(JSONMember(key: try scanString(in: text), value: .absent))
            try skipSpace(in: text)
            guard take(UInt8(ascii: ":"), in: text) else { throw fault("expected ':' after a name") }
            try skipSpace(in: text)
            let value = try scanValue(in: text, nesting: nesting)
            if nesting == 1 { members[index].value = value }
            try skipSpace(in: text)
            if take(UInt8(ascii: "}"), in: text) { break }
            guard take(UInt8(ascii: ","), in: text) else { throw fault("expected ',' or '}'") }
            try skipSpace(in: text)
        }
        try checkKeysDiffer(from: firstKey, in: text)
        if nesting > 1 { members.removeLast(members.count - firstKey) }
    }

    private mutating func scanArray(in text: Span<UInt8>, nesting: Int) throws(Rejection) {
        try checkNesting(nesting)
        offset += 1
        try skipSpace(in: text)
        if take(UInt8(ascii: "]"), in: text) { return }
        while true {
            _ = try scanValue(in: text, nesting: nesting)
            try skipSpace(in: text)
            if take(UInt8(ascii: "]"), in: text) { return }
            guard take(UInt8(ascii: ","), in: text) else { throw fault("expected ',' or ']'") }
            try skipSpace(in: text)
        }
    }

    /// Moves past a number.
    mutating func scanNumber(in text: Span<UInt8>) throws(Rejection) {
        _ = take(UInt8(ascii: "-"), in: text)
        if !take(UInt8(ascii: "0"), in: text) { try scanDigits(in: text) }
        if take(UInt8(ascii: "."), in: text) { try scanDigits(in: text) }
        if let byte = next(in: text), byte | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if !take(UInt8(ascii: "+"), in: text) { _ = take(UInt8(ascii: "-"), in: text) }
            try scanDigits(in: text)
        }
    }

    @inline(__always)
    private mutating func scanDigits(in text: Span<UInt8>) throws(Rejection) {
        let end = text.digitsEnd(from: offset)
        guard end > offset else { throw fault("expected a digit") }
        offset = end
    }

    private mutating func scanWord(_ word: String, in text: Span<UInt8>) throws(Rejection) {
        let start = offset
        for byte in word.utf8 {
            guard take(byte, in: text) else { throw fault("expected \(word)", at: start) }
        }
    }

    /// The next byte; nil at the end of the text.
    ///
    /// The offset begins at 0 and only grows, so its one bound is checked here, and once for each byte of a line.
    @inline(__always)
    func next(in text: Span<UInt8>) -> UInt8? { offset < text.count ? unsafe text[unchecked: offset] : nil }

    /// Moves past the next byte if it is this one.
    @inline(__always)
    mutating func take(_ byte: UInt8, in text: Span<UInt8>) -> Bool {
        guard next(in: text) == byte else { return false }
        offset += 1
        return true
    }

    /// Moves past the space before the next token.
    @inline(__always)
    mutating func skipSpace(in text: Span<UInt8>) throws(Rejection) {
        // Most lines have no space between tokens, or one.
        guard let byte = next(in: text), byte <= UInt8(ascii: " ") else { return }
        if byte == UInt8(ascii: " ") { offset += 1 }
        if let byte = next(in: text), byte <= UInt8(ascii: " ") { try skipSomeSpace(in: text) }
    }

    private mutating func skipSomeSpace(in text: Span<UInt8>) throws(Rejection) {
        while let byte = next(in: text) {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): offset += 1
            // A context is printed as it was written, and must not break the line that it is printed in.
            case UInt8(ascii: "\n"): throw fault("a line feed within the line")
            default: return
            }
        }
    }

    private func checkNesting(_ nesting: Int) throws(Rejection) {
        guard nesting <= Limits.jsonNestingMax else {
            throw fault("objects and arrays are nested more than \(Limits.jsonNestingMax) deep")
        }
    }

    /// What is wrong at the next byte, or at another one.
    func fault(_ what: String, at faultOffset: Int? = nil) -> Rejection {
        Rejection(.invalidJSON, "Invalid JSON at byte \((faultOffset ?? offset) + 1): \(what).")
    }

    // Names are compared by content, not by spelling: "a" and "\u0061" are the same.
    private func checkKeysDiffer(from firstKey: Int, in text: Span<UInt8>) throws(Rejection) {
        if members.count - firstKey <= Self.pairwiseKeyCountMax {
            let members = members.span
            for later in firstKey..<members.count {
                let key = members[later].key
                for earlier in firstKey..<later where members[earlier].key.equals(key, in: text) {
                    throw repeatedKey(key)
                }
            }
            return
        }
        // Pairs of 200,000 names, which a line can hold, would take minutes.
        var names: [(content: [UInt8], key: JSONValue)] = []
        for member in members[firstKey...] { names.append((member.key.unescaped(in: text), member.key)) }
        names.sort { $0.content.lexicographicallyPrecedes($1.content) }
        for (name, next) in zip(names, names.dropFirst()) where name.content == next.content {
            throw repeatedKey(name.key.range.lowerBound > next.key.range.lowerBound ? name.key : next.key)
        }
    }

    private func repeatedKey(_ key: JSONValue) -> Rejection {
        fault("a name for the second time in one object", at: key.range.lowerBound)
    }
}
