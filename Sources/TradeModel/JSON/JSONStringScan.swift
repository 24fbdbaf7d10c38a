/// Strings: which bytes one may have, and what its escapes mean.
extension JSONScanner {
    /// Reads a string from its opening quote on.
    mutating func scanString(in text: Span<UInt8>) throws(Rejection) -> JSONValue {
        let start = offset
        var hasEscapes = false
        var next = start + 1
        while true {
            next = text.plainTextEnd(from: next)
            guard next < text.count else { break }
            let byte = text[next]
            if byte == UInt8(ascii: "\"") {
                offset = next + 1
                return JSONValue(.string, start..<offset, hasEscapes: hasEscapes)
            } else if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                next = try escapeEnd(from: next, in: text)
            } else if byte < 0x20 {
                throw fault("a control character within a string; write it as an escape", at: next)
            } else {
                next = try characterEnd(from: next, in: text)
            }
        }
        throw fault("a string without a closing quote", at: start)
    }

    /// Moves past a string of plain text and returns where its content is; nil, where it is not, moves nowhere.
    @inline(__always)
    mutating func scanPlainString(in text: Span<UInt8>) -> Range<Int>? {
        let before = offset
        guard take(UInt8(ascii: "\""), in: text) else { return nil }
        let start = offset
        offset = text.plainTextEnd(from: start)
        let end = offset
        guard take(UInt8(ascii: "\""), in: text) else {
            offset = before
            return nil
        }
        return start..<end
    }

    private func escapeEnd(from start: Int, in text: Span<UInt8>) throws(Rejection) -> Int {
        guard start + 1 < text.count else { throw fault("an escape that is cut off", at: start) }
        guard text[start + 1] == UInt8(ascii: "u") else {
            guard JSONEscape.byte(named: text[start + 1]) != nil else { throw fault("an unknown escape", at: start) }
            return start + 2
        }
        guard let unit = JSONEscape.codeUnit(at: start, in: text) else {
            throw fault("expected four hexadecimal digits after \\u", at: start)
        }
        switch unit {
        case 0:
            throw fault("U+0000, which the ledger does not hold", at: start)
        case 0xD800...0xDBFF:
            guard let low = JSONEscape.codeUnit(at: start + 6, in: text), 0xDC00...0xDFFF ~= low else {
                throw fault("half of a surrogate pair", at: start)
            }
            return start + 12
        case 0xDC00...0xDFFF:
            throw fault("half of a surrogate pair", at: start)
        default:
            return start + 6
        }
    }

    /// Checks one character of two to four bytes by table 3-7 of the Unicode standard.
    private func characterEnd(from start: Int, in text: Span<UInt8>) throws(Rejection) -> Int {
        let byteCount: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch text[start] {
        case 0xC2...0xDF:
            byteCount = 2
        case 0xE0:
            byteCount = 3
            second = 0xA0...0xBF
        case 0xED:
            byteCount = 3
            second = 0x80...0x9F
        case 0xE1...0xEF:
            byteCount = 3
        case 0xF0:
            byteCount = 4
            second = 0x90...0xBF
        case 0xF1...0xF3:
            byteCount = 4
        case 0xF4:
            byteCount = 4
            second = 0x80...0x8F
        default:
            throw fault("not UTF-8", at: start)
        }
        let end = start + byteCount
        guard end <= text.count, second ~= text[start + 1] else { throw fault("not UTF-8", at: start) }
        for index in start + 2..<end where text[index] & 0xC0 != 0x80 { throw fault("not UTF-8", at: start) }
        return end
    }
}

extension Span<UInt8> {
    /// The first byte from an index on that is not a decimal digit; the end where there is none.
    @inline(__always)
    func digitsEnd(from start: Int) -> Int {
        var next = start
        // Eight at a time, as in `plainTextEnd`: less than the 0, or more than the 9, is not a digit.
        while next + 8 <= count {
            let word = littleEndian64(at: next)
            let marks = ((word &- 0x3030_3030_3030_3030) | (word &+ 0x4646_4646_4646_4646)) & 0x8080_8080_8080_8080
            if marks != 0 { return next + marks.trailingZeroBitCount / 8 }
            next += 8
        }
        while next < count, self[next] &- UInt8(ascii: "0") < 10 { next += 1 }
        return next
    }

    /// The first byte from an index on that is more than a character of a string: a quote, a backslash, a control
    /// character or not ASCII; the end where there is none.
    @inline(__always)
    func plainTextEnd(from start: Int) -> Int {
        precondition(start >= 0, "an index is not negative")
        var next = start
        let lastWord = count - 8
        // Eight at a time: strings are most of a line. A byte of `marks` has its top bit set where that byte of the
        // word is not plain: it is not ASCII, or becomes less than 0 here. One above such a byte may have it too,
        // because it lends to that one, but the lowest is right.
        while next <= lastWord {
            // The condition of the loop is the check that this load does without.
            let word = unsafe UInt64(
                littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: next, as: UInt64.self)
            )
            let belowSpace = word &- 0x2020_2020_2020_2020
            let quotes = (word ^ 0x2222_2222_2222_2222) &- 0x0101_0101_0101_0101
            let backslashes = (word ^ 0x5C5C_5C5C_5C5C_5C5C) &- 0x0101_0101_0101_0101
            let marks = (word | belowSpace | quotes | backslashes) & 0x8080_8080_8080_8080
            if marks != 0 { return next + marks.trailingZeroBitCount / 8 }
            next += 8
        }
        while next < count {
            let byte = self[next]
            if byte < 0x20 || byte >= 0x80 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            next += 1
        }
        return next
    }
}

extension JSONValue {
    /// Whether two strings say the same.
    func equals(_ other: JSONValue, in text: Span<UInt8>) -> Bool {
        guard !hasEscapes, !other.hasEscapes else { return unescaped(in: text) == other.unescaped(in: text) }
        guard range.count == other.range.count else { return false }
        let distance = other.range.lowerBound - range.lowerBound
        for index in range where text[index] != text[index + distance] { return false }
        return true
    }

    /// The bytes of a scanned string without its quotes and escapes.
    func unescaped(in text: Span<UInt8>) -> [UInt8] {
        var content: [UInt8] = []
        content.reserveCapacity(contentRange.count)
        var next = contentRange.lowerBound
        while next < contentRange.upperBound {
            guard text[next] == UInt8(ascii: "\\") else {
                content.append(text[next])
                next += 1
                continue
            }
            if let byte = JSONEscape.byte(named: text[next + 1]) {
                content.append(byte)
                next += 2
            } else {
                let (scalar, byteCount) = JSONEscape.scalar(at: next, in: text)
                content.append(contentsOf: scalar.utf8)
                next += byteCount
            }
        }
        return content
    }
}

/// The escapes of RFC 8259, section 7.
private enum JSONEscape {
    /// The byte that a backslash and this letter mean, or nil where there is no such escape.
    static func byte(named letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): letter
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }

    /// The UTF-16 code unit of an escape such as `\u20AC`, or nil where there is none.
    static func codeUnit(at start: Int, in text: Span<UInt8>) -> UInt16? {
        guard start + 6 <= text.count, text[start] == UInt8(ascii: "\\"), text[start + 1] == UInt8(ascii: "u") else {
            return nil
        }
        var unit: UInt16 = 0
        for index in start + 2..<start + 6 {
            guard let digit = text[index].hexadecimalDigitValue else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    /// The character of a checked escape, or of the two that make a pair, and how many bytes it is written in.
    static func scalar(at start: Int, in text: Span<UInt8>) -> (Unicode.Scalar, byteCount: Int) {
        guard let unit = codeUnit(at: start, in: text) else { preconditionFailure("the escape was checked") }
        if let scalar = Unicode.Scalar(unit) { return (scalar, 6) }
        guard let low = codeUnit(at: start + 6, in: text),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(unit) & 0x3FF) << 10 + UInt32(low) & 0x3FF)
        else { preconditionFailure("the surrogate pair was checked") }
        return (scalar, 12)
    }
}
