import TradeModel

/// Subjects that are open, found by the fingerprints of their ids; each is changed in place.
///
/// Two ids may share a fingerprint, so their bytes are compared. Subjects lie side by side by slot; when one is
/// removed, the last one takes its slot.
package struct OpenSubjects<Subject: Sendable>: Sendable {
    /// From the fingerprint of an id to its slot + 1.
    private var slots = FingerprintTable()
    private var fingerprints: [UInt64] = []
    private var ids = IdentifierCells()
    private var subjects = SlotColumn<Subject>()

    /// None.
    init() {}

    /// How many are open.
    var count: Int { subjects.count }

    /// The bytes of the id of the subject in a slot.
    func id(at slot: Int) -> [UInt8] { ids[slot] }

    /// The subject in a slot.
    subscript(slot: Int) -> Subject {
        @inline(__always) _read { yield subjects[slot] }
    }

    /// Changes the subject in a slot.
    @inline(__always)
    mutating func update<Result, Failure>(
        _ slot: Int,
        _ change: (inout Subject) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try subjects.update(slot, change)
    }

    /// The slot of a subject, until one is removed; nil where none of that id is open.
    func slot(of id: Span<UInt8>, _ fingerprint: UInt64) -> Int? {
        slots.find(fingerprint) { number in
            let slot = Int(number) - 1
            return ids.holds(id, at: slot) ? slot : nil
        }
    }

    /// Adds a subject that is not there yet, in the slot after the last one.
    mutating func insert(_ subject: consuming Subject, id: Span<UInt8>, _ fingerprint: UInt64) {
        slots.insert(fingerprint, UInt64(count + 1))
        ids.append(id)
        subjects.append(subject)
        fingerprints.append(fingerprint)
    }

    /// Removes a subject and returns it; the slots of others may change.
    @discardableResult
    mutating func remove(_ slot: Int) -> Subject {
        let last = count - 1
        slots.remove(fingerprints[slot], UInt64(slot + 1))
        ids.removeByLast(slot)
        let lastFingerprint = fingerprints.removeLast()
        if slot != last {
            slots.renumber(lastFingerprint, UInt64(last + 1), as: UInt64(slot + 1))
            fingerprints[slot] = lastFingerprint
        }
        return subjects.removeByLast(slot)
    }
}

/// Values by slot, in parts: a copy shares each part until that part changes.
///
/// So keeping a copy of very many values interrupts nobody for long.
struct SlotColumn<Element: Sendable>: Sendable {
    private var parts: [[Element]] = []
    private(set) var count = 0

    private static var partCount: Int { 64 }

    /// The value in a slot.
    subscript(slot: Int) -> Element {
        @inline(__always) _read { yield parts[slot / Self.partCount][slot % Self.partCount] }
    }

    /// Changes the value in a slot.
    @inline(__always)
    mutating func update<Result, Failure>(
        _ slot: Int,
        _ change: (inout Element) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try change(&parts[slot / Self.partCount][slot % Self.partCount])
    }

    /// Adds a value in the slot after the last one.
    mutating func append(_ element: consuming Element) {
        let part = count / Self.partCount
        if part == parts.count {
            parts.append([])
            parts[part].reserveCapacity(Self.partCount)
        }
        parts[part].append(element)
        count += 1
    }

    /// Removes a value and returns it; the last one takes its slot.
    ///
    /// An emptied part stays, so that a count that goes up and down allocates nothing.
    mutating func removeByLast(_ slot: Int) -> Element {
        count -= 1
        var element = parts[count / Self.partCount].removeLast()
        if slot != count { swap(&element, &parts[slot / Self.partCount][slot % Self.partCount]) }
        return element
    }
}

/// Identifiers side by side in cells of one size, so that none of them takes an allocation of its own.
///
/// A cell is a word with the length, then the bytes in words of eight. The cells become larger when a longer identifier
/// comes.
struct IdentifierCells: Sendable {
    private var words: [UInt64] = []
    private var cellWordCount = 3

    /// The identifier of a cell.
    subscript(index: Int) -> [UInt8] {
        let start = index * cellWordCount
        let byteCount = Int(words[start])
        return [UInt8](capacity: byteCount) { bytes in
            for word in 0..<((byteCount + 7) / 8) {
                var rest = words[start + 1 + word]
                for _ in 0..<min(8, byteCount - word * 8) {
                    bytes.append(UInt8(truncatingIfNeeded: rest))
                    rest >>= 8
                }
            }
        }
    }

    /// Whether a cell holds these bytes.
    func holds(_ identifier: Span<UInt8>, at index: Int) -> Bool {
        let start = index * cellWordCount
        guard words[start] == UInt64(identifier.count) else { return false }
        for word in 0..<Self.wordCount(identifier) where words[start + 1 + word] != identifier.word(word) {
            return false
        }
        return true
    }

    /// Fills one more cell with an identifier.
    mutating func append(_ identifier: Span<UInt8>) {
        let wordCount = Self.wordCount(identifier)
        if wordCount >= cellWordCount { widen(for: wordCount) }
        words.append(addingCapacity: cellWordCount) { cell in
            cell.append(UInt64(identifier.count))
            for word in 0..<wordCount { cell.append(identifier.word(word)) }
            cell.append(repeating: 0, count: cell.freeCapacity)
        }
    }

    /// Removes a cell; what the last one holds takes its place.
    mutating func removeByLast(_ index: Int) {
        let (start, last) = (index * cellWordCount, words.count - cellWordCount)
        if start != last { for word in 0..<cellWordCount { words[start + word] = words[last + word] } }
        words.removeLast(cellWordCount)
    }

    private mutating func widen(for wordCount: Int) {
        var wider = IdentifierCells()
        while wider.cellWordCount <= wordCount { wider.cellWordCount *= 2 }
        let count = words.count / cellWordCount
        wider.words.reserveCapacity(count * wider.cellWordCount)
        for index in 0..<count {
            wider.words += words[(index * cellWordCount)..<((index + 1) * cellWordCount)]
            wider.words += repeatElement(0, count: wider.cellWordCount - cellWordCount)
        }
        self = wider
    }

    private static func wordCount(_ identifier: Span<UInt8>) -> Int { (identifier.count + 7) / 8 }
}

extension Span<UInt8> {
    /// Eight bytes, or the rest of them and zeros.
    @inline(__always)
    fileprivate func word(_ index: Int) -> UInt64 {
        let start = index * 8
        return start + 8 <= count ? littleEndian64(at: start) : littleEndian(at: start, byteCount: count - start)
    }
}
