/// Checks a usual object in one pass over its bytes, without recursion and without memory of its own.
extension JSONScanner {
    /// Whether the text is one usual object and nothing else, within so many other objects; false says nothing about
    /// the text.
    static func isUsualObject(_ text: Span<UInt8>, outerNesting: Int) -> Bool {
        var scanner = JSONScanner()
        do throws(Rejection) {
            return try scanner.scanUsualObject(in: text, outerNesting: outerNesting) && scanner.offset == text.count
        } catch {
            // The complete check words what is wrong.
            return false
        }
    }

    /// The members of the usual object that is all of the text, in the order in which they stand; nil says nothing
    /// about the text.
    static func usualMembers(of text: Span<UInt8>) -> [JSONMember]? {
        var scanner = JSONScanner()
        var members: [JSONMember] = []
        members.reserveCapacity(usualKeyCountMax)
        do throws(Rejection) {
            let isUsual = try scanner.scanUsualObject(in: text, outerNesting: 0) { members.append($0) }
            return isUsual && scanner.offset == text.count ? members : nil
        } catch {
            return nil
        }
    }

    /// Moves past the object that begins at the next byte, within so many other objects.
    ///
    /// False if the object has something unusual: a name with escapes or beyond ASCII, many names, or two names that
    /// may be the same. `scanValue` checks these completely. What this takes, that takes as well. `visit` gets each
    /// member of the object itself.
    ///
    /// - Throws: What is wrong with a value. `scanValue` may name another fault, which comes first.
    @inline(__always)
    mutating func scanUsualObject(
        in text: Span<UInt8>,
        outerNesting: Int,
        _ visit: (JSONMember) -> Void = { _ in }
    ) throws(Rejection) -> Bool {
        guard next(in: text) == UInt8(ascii: "{") else { return false }
        var open = OpenValues()
        var member = (name: JSONValue.absent, start: 0)
        while true {
            if open.isInObject {
                guard let name = try takeName(in: text, of: &open) else { return false }
                if open.count == 1 { member = (JSONValue(.string, name), offset) }
            }
            guard let byte = next(in: text) else { return false }
            if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                guard open.count + outerNesting < Limits.jsonNestingMax else { return false }
                open.begin(isObject: byte == UInt8(ascii: "{"))
                offset += 1
                try skipSpace(in: text)
                // A value or a name comes next, unless there is none.
                guard next(in: text) == open.endByte else { continue }
            } else {
                let value = try scanUsualScalar(byte, in: text)
                if open.count == 1 { visit(JSONMember(key: member.name, value: value)) }
                try skipSpace(in: text)
            }
            while take(open.endByte, in: text) {
                let kind = open.isInObject ? JSONValue.Kind.object : .array
                open.end()
                if open.count == 0 { return true }
                if open.count == 1 {
                    visit(JSONMember(key: member.name, value: JSONValue(kind, member.start..<offset)))
                }
                try skipSpace(in: text)
            }
            guard take(UInt8(ascii: ","), in: text) else { return false }
            try skipSpace(in: text)
        }
    }

    /// Reads a value that begins with this byte and has no values within it.
    @inline(__always)
    private mutating func scanUsualScalar(_ byte: UInt8, in text: Span<UInt8>) throws(Rejection) -> JSONValue {
        let start = offset
        if byte == UInt8(ascii: "\""), scanPlainString(in: text) != nil { return JSONValue(.string, start..<offset) }
        if byte <= UInt8(ascii: "9"), byte != UInt8(ascii: "\"") {
            try scanNumber(in: text)
            return JSONValue(.number, start..<offset)
        }
        return try scanScalar(in: text)
    }

    /// Moves past a name and its colon, and returns where the name lies with its quotes; nil where it is unusual.
    @inline(__always)
    private mutating func takeName(in text: Span<UInt8>, of open: inout OpenValues) throws(Rejection) -> Range<Int>? {
        let start = offset
        guard let name = scanPlainString(in: text), open.insert(hash: text.nameHash(name)) else { return nil }
        let end = offset
        try skipSpace(in: text)
        guard take(UInt8(ascii: ":"), in: text) else { return nil }
        try skipSpace(in: text)
        return start..<end
    }
}

/// The objects and arrays that are open, outermost first, with the names of the objects as hashes.
private struct OpenValues: ~Copyable {
    private(set) var count = 0
    /// One bit for each open value, the innermost one's lowest: 1 for an object, 0 for an array.
    private var areObjects: UInt64 = 0
    /// By the number of values around it, how many names were there before an open value.
    private var nameCountsBefore = InlineArray<64, UInt8>(repeating: 0)
    private var hashes = InlineArray<64, UInt64>(repeating: 0)
    private var nameCount = 0

    var isInObject: Bool { areObjects & 1 == 1 }

    /// What ends the innermost value.
    var endByte: UInt8 { isInObject ? UInt8(ascii: "}") : UInt8(ascii: "]") }

    mutating func begin(isObject: Bool) {
        nameCountsBefore[count] = UInt8(nameCount)
        count += 1
        areObjects = areObjects << 1 | (isObject ? 1 : 0)
    }

    mutating func end() {
        count -= 1
        areObjects >>= 1
        nameCount = Int(nameCountsBefore[count])
    }

    /// Adds a name to the innermost object; false if there is no room, or if the object may have the name already.
    mutating func insert(hash: UInt64) -> Bool {
        guard nameCount < hashes.count else { return false }
        for index in Int(nameCountsBefore[count - 1])..<nameCount where hashes[index] == hash { return false }
        hashes[nameCount] = hash
        nameCount += 1
        return true
    }
}

extension Span<UInt8> {
    /// The same for equal names, and nearly always different for other names.
    fileprivate func nameHash(_ name: Range<Int>) -> UInt64 {
        let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15
        var hash = UInt64(name.count)
        var offset = name.lowerBound
        while offset + 8 < name.upperBound {
            hash = (hash ^ littleEndian64(at: offset)) &* multiplier
            hash ^= hash >> 32
            offset += 8
        }
        return (hash ^ littleEndian(at: offset, byteCount: name.upperBound - offset)) &* multiplier
    }
}
