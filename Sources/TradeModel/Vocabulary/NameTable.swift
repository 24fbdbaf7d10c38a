/// Values by their names, which are few and looked up often: comparing numbers distinguishes all but long names.
struct NameTable<Value: Sendable>: Sendable {
    private struct Entry: Sendable {
        let name: String
        let byteCount: Int
        let words: Words
        let value: Value
    }

    /// The first 8 bytes of a name, the 8 after them and the last 8, as numbers: all of it, where it has at most 24.
    private struct Words: Equatable, Sendable {
        let head: UInt64
        let middle: UInt64
        let tail: UInt64

        /// Those of a name of less than 8 bytes.
        @inline(__always)
        init(short head: UInt64) {
            self.head = head
            middle = 0
            tail = head
        }

        @inline(__always)
        init(_ name: Range<Int>, in text: Span<UInt8>) {
            head = text.littleEndian(at: name.lowerBound, byteCount: min(name.count, 8))
            middle = name.count > 16 ? text.littleEndian64(at: name.lowerBound + 8) : 0
            tail = name.count > 8 ? text.littleEndian64(at: name.upperBound - 8) : head
        }
    }

    private let entries: [Entry]
    /// At the hash of each name, or in the next place that was free, the place of its entry, from 1; 0 where it is
    /// free.
    private let slots: [UInt8]

    init(_ values: [(name: String, value: Value)]) {
        precondition(values.count < 256, "a place of an entry is one byte")
        entries = values.map { (name, value) in
            let bytes = Array(name.utf8)
            let words = Words(0..<bytes.count, in: bytes.span)
            return Entry(name: name, byteCount: bytes.count, words: words, value: value)
        }
        // So many slots that most hashes differ.
        var slotCount = 8
        while slotCount < values.count * 4 { slotCount *= 2 }
        var slots = [UInt8](repeating: 0, count: slotCount)
        for (index, entry) in entries.enumerated() {
            var slot = Self.slot(entry.words, byteCount: entry.byteCount, of: slotCount)
            while slots[slot] != 0 {
                let other = entries[Int(slots[slot]) - 1]
                precondition(
                    other.words != entry.words || other.byteCount != entry.byteCount,
                    "\(entry.name) differs from \(other.name) in what is compared"
                )
                slot = (slot + 1) & (slotCount - 1)
            }
            slots[slot] = UInt8(index + 1)
        }
        self.slots = slots
    }

    /// The value of that name, or nil where there is none of that name.
    subscript(name: Span<UInt8>) -> Value? { self[0..<name.count, in: name] }

    /// The value of the name that is at a range of a text, or nil where there is none of that name.
    subscript(name: Range<Int>, in text: Span<UInt8>) -> Value? {
        guard let entry = entry(of: Words(name, in: text), byteCount: name.count) else { return nil }
        guard name.count <= 24 || text.extracting(name).holds(entries[entry].name) else { return nil }
        return entries[entry].value
    }

    /// The value of the name that begins at an offset and that a quote ends; moves the offset past the quote.
    ///
    /// Nil where there is none of that name.
    @inline(__always)
    func value(quotedAt offset: inout Int, in text: Span<UInt8>) -> Value? {
        let start = offset
        if start + 8 <= text.count {
            // Most names end within eight bytes: the lowest byte of `marks` that is not 0 is that of the first quote.
            let word = text.littleEndian64(at: start)
            let quotes = word ^ 0x2222_2222_2222_2222
            let marks = (quotes &- 0x0101_0101_0101_0101) & ~quotes & 0x8080_8080_8080_8080
            if marks != 0 {
                let byteCount = marks.trailingZeroBitCount / 8
                offset = start + byteCount + 1
                let head = word & ~(.max &<< UInt64(byteCount * 8))
                return entry(of: Words(short: head), byteCount: byteCount).map { entries[$0].value }
            }
        }
        let end = text.plainTextEnd(from: start)
        guard end < text.count, text[end] == UInt8(ascii: "\"") else { return nil }
        offset = end + 1
        return self[start..<end, in: text]
    }

    /// The index of the entry of these words and so many bytes.
    @inline(__always)
    private func entry(of words: Words, byteCount: Int) -> Int? {
        var slot = Self.slot(words, byteCount: byteCount, of: slots.count)
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            if entries[index].words == words, entries[index].byteCount == byteCount { return index }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Where to begin to look for a name; the number of slots is a power of two.
    @inline(__always)
    private static func slot(_ words: Words, byteCount: Int, of slotCount: Int) -> Int {
        let hash = (words.head ^ UInt64(byteCount)) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: hash >> 48) & (slotCount - 1)
    }
}
