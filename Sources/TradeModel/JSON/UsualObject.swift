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

    /// Moves past the object that begins at the next byte, within so many other objects.
    ///
    /// False if the object has something unusual: a name with escapes or beyond ASCII, many names, or two names that
    /// may be the same. `scanValue` checks these completely. What this takes, that takes as well.
    ///
    /// - Throws: What is wrong with a value. `scanValue` may name another fault, which comes first.
    mutating func scanUsualObject(in text: Span<UInt8>, outerNesting: Int) throws(Rejection) -> Bool {
        guard next(in: text) == UInt8(ascii: "{") else { return false }
        var open = OpenValues()
        while true {
            if open.isInObject, try !takeName(in: text, of: &open) { return false }
            guard let byte = next(in: text) else { return false }
            if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                guard open.count + outerNesting < Limits.jsonNestingMax else { return false }
                open.begin(isObject: byte == UInt8(ascii: "{"))
                offset += 1
                try skipSpace(in: text)
                // A value or a name comes next, unless there is none.
                guard next(in: text) == open.endByte else { continue }
            } else {
                try skipScalar(byte, in: text)
                try skipSpace(in: text)
            }
            while take(open.endByte, in: text) {
                open.end()
                if open.count == 0 { return true }
                try skipSpace(in: text)
            }
            guard take(UInt8(ascii: ","), in: text) else { return false }
            try skipSpace(in: text)
        }
    }

    /// Moves past a value that begins with this byte and has no values within it.
    @inline(__always)
    private mutating func skipScalar(_ byte: UInt8, in text: Span<UInt8>) throws(Rejection) {
        if byte == UInt8(ascii: "\""), scanPlainString(in: text) != nil { return }
        if byte <= UInt8(ascii: "9"), byte != UInt8(ascii: "\"") { return try scanNumber(in: text) }
        _ = try scanScalar(in: text)
    }

    private mutating func takeName(in text: Span<UInt8>, of open: inout OpenValues) throws(Rejection) -> Bool {
        guard let name = scanPlainString(in: text), open.insert(hash: text.nameHash(name)) else { return false }
        try skipSpace(in: text)
        guard take(UInt8(ascii: ":"), in: text) else { return false }
        try skipSpace(in: text)
        return true
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
