/// Recognises the plain JSON objects that most contexts are, in one pass that takes no memory.
///
/// Plain is an object in ASCII without escapes, with no more than a few names and levels, and without white space other
/// than spaces. `JSONScanner` decides about everything else, and words what is wrong.
struct PlainJSON {
    /// What the names of the open objects hash to, outermost object first.
    private var names = InlineArray<32, UInt64>(repeating: 0)
    private var nameCount = 0

    private static let nestingMax = 8

    /// Whether the text is one plain object and nothing else, whose names differ; false says nothing about the text.
    static func isObject(_ text: Span<UInt8>) -> Bool {
        guard text.count > 0, text[0] == UInt8(ascii: "{") else { return false }
        var scan = PlainJSON()
        return scan.objectEnd(in: text, from: 1, nesting: 1) == text.count
    }

    // Each of these gets an offset and returns where what begins there ends, or nil where it is not plain. Offsets that
    // are passed on stay in registers, unlike a property.

    /// The end of an object, from after its brace.
    private mutating func objectEnd(in text: Span<UInt8>, from start: Int, nesting: Int) -> Int? {
        guard nesting <= Self.nestingMax else { return nil }
        let firstName = nameCount
        defer { nameCount = firstName }
        var offset = text.spacesEnd(from: start)
        if text.holds(UInt8(ascii: "}"), at: offset) { return offset + 1 }
        while true {
            guard text.holds(UInt8(ascii: "\""), at: offset), let nameEnd = text.stringEnd(from: offset + 1),
                take(name: offset + 1..<nameEnd - 1, in: text, after: firstName)
            else { return nil }
            offset = text.spacesEnd(from: nameEnd)
            guard text.holds(UInt8(ascii: ":"), at: offset),
                let valueEnd = valueEnd(in: text, from: offset + 1, nesting: nesting)
            else { return nil }
            if text.holds(UInt8(ascii: "}"), at: valueEnd) { return valueEnd + 1 }
            guard text.holds(UInt8(ascii: ","), at: valueEnd) else { return nil }
            offset = text.spacesEnd(from: valueEnd + 1)
        }
    }

    /// The end of an array, from after its bracket.
    private mutating func arrayEnd(in text: Span<UInt8>, from start: Int, nesting: Int) -> Int? {
        guard nesting <= Self.nestingMax else { return nil }
        var offset = text.spacesEnd(from: start)
        if text.holds(UInt8(ascii: "]"), at: offset) { return offset + 1 }
        while true {
            guard let end = valueEnd(in: text, from: offset, nesting: nesting) else { return nil }
            if text.holds(UInt8(ascii: "]"), at: end) { return end + 1 }
            guard text.holds(UInt8(ascii: ","), at: end) else { return nil }
            offset = end + 1
        }
    }

    /// The end of a value and of the spaces around it.
    private mutating func valueEnd(in text: Span<UInt8>, from start: Int, nesting: Int) -> Int? {
        let offset = text.spacesEnd(from: start)
        guard offset < text.count else { return nil }
        let end: Int? =
            switch text[offset] {
            case UInt8(ascii: "\""): text.stringEnd(from: offset + 1)
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): text.numberEnd(from: offset)
            case UInt8(ascii: "{"): objectEnd(in: text, from: offset + 1, nesting: nesting + 1)
            case UInt8(ascii: "["): arrayEnd(in: text, from: offset + 1, nesting: nesting + 1)
            case UInt8(ascii: "t"): text.end(of: "true", from: offset)
            case UInt8(ascii: "f"): text.end(of: "false", from: offset)
            case UInt8(ascii: "n"): text.end(of: "null", from: offset)
            default: nil
            }
        return end.map { text.spacesEnd(from: $0) }
    }

    /// Takes in a name; false where an earlier name of its object has the same hash.
    private mutating func take(name: Range<Int>, in text: Span<UInt8>, after firstName: Int) -> Bool {
        guard nameCount < names.count else { return false }
        // Equal names have equal hashes. Different names rarely do, and then the scanner compares them.
        let head = text.littleEndian(at: name.lowerBound, byteCount: min(name.count, 8))
        let tail = name.count > 8 ? text.littleEndian64(at: name.upperBound - 8) : head
        let hash = (head &* 0x9E37_79B9_7F4A_7C15 ^ tail) &+ UInt64(name.count)
        for index in firstName..<nameCount where names[index] == hash { return false }
        names[nameCount] = hash
        nameCount += 1
        return true
    }
}

/// Where the tokens of a plain text end, each given where it begins.
extension Span<UInt8> {
    @inline(__always)
    fileprivate func holds(_ byte: UInt8, at offset: Int) -> Bool { offset < count && self[offset] == byte }

    @inline(__always)
    fileprivate func spacesEnd(from start: Int) -> Int {
        var offset = start
        while holds(UInt8(ascii: " "), at: offset) { offset += 1 }
        return offset
    }

    /// The end of a string, from after its opening quote.
    fileprivate func stringEnd(from start: Int) -> Int? {
        let end = plainTextEnd(from: start)
        return holds(UInt8(ascii: "\""), at: end) ? end + 1 : nil
    }

    fileprivate func numberEnd(from start: Int) -> Int? {
        var offset = holds(UInt8(ascii: "-"), at: start) ? start + 1 : start
        if holds(UInt8(ascii: "0"), at: offset) {
            offset += 1
        } else {
            guard let end = digitsEnd(from: offset) else { return nil }
            offset = end
        }
        if holds(UInt8(ascii: "."), at: offset) {
            guard let end = digitsEnd(from: offset + 1) else { return nil }
            offset = end
        }
        guard holds(UInt8(ascii: "e"), at: offset) || holds(UInt8(ascii: "E"), at: offset) else { return offset }
        offset += 1
        let isSigned = holds(UInt8(ascii: "+"), at: offset) || holds(UInt8(ascii: "-"), at: offset)
        return digitsEnd(from: isSigned ? offset + 1 : offset)
    }

    /// The end of digits; nil where there is none.
    @inline(__always)
    private func digitsEnd(from start: Int) -> Int? {
        var offset = start
        while offset < count, self[offset] &- UInt8(ascii: "0") < 10 { offset += 1 }
        return offset > start ? offset : nil
    }

    fileprivate func end(of word: String, from start: Int) -> Int? {
        let end = start + word.utf8.count
        return end <= count && extracting(start..<end).holds(word) ? end : nil
    }
}
