package import TradeModel

/// The open trades, found by the fingerprints of their ids; each is changed in place.
///
/// Two ids may share a fingerprint, so their bytes are compared. Trades lie side by side by slot; when one is removed,
/// the last one takes its slot.
package struct OpenTrades: Sendable {
    /// From the fingerprint of an id to its slot + 1.
    private var slots = FingerprintTable()
    private var fingerprints: [UInt64] = []
    private var ids = IdentifierCells()
    private var trades = SlotColumn<OpenTrade>()

    /// No trade.
    init() {}

    /// How many trades are open.
    var count: Int { trades.count }

    /// The trades with their ids.
    var all: [(id: [UInt8], trade: Trade)] { (0..<count).map { (ids[$0], self[$0].trade) } }

    /// The bytes of the id of the trade in a slot.
    func id(at slot: Int) -> [UInt8] { ids[slot] }

    /// The trade in a slot.
    subscript(slot: Int) -> OpenTrade {
        @inline(__always) _read { yield trades[slot] }
    }

    /// Changes the trade in a slot.
    @inline(__always)
    mutating func update<Result, Failure>(
        _ slot: Int,
        _ change: (inout OpenTrade) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try trades.update(slot, change)
    }

    /// The slot of a trade, until one is removed; nil where none of that id is open.
    func slot(of id: Span<UInt8>, _ fingerprint: UInt64) -> Int? {
        slots.find(fingerprint) { number in
            let slot = Int(number) - 1
            return ids.holds(id, at: slot) ? slot : nil
        }
    }

    /// Adds a trade of which there is none yet, in the slot after the last one.
    mutating func insert(_ trade: consuming OpenTrade, id: Span<UInt8>, _ fingerprint: UInt64) {
        slots.insert(fingerprint, UInt64(count + 1))
        ids.append(id)
        trades.append(trade)
        fingerprints.append(fingerprint)
    }

    /// Removes a trade and returns it; the slots of other trades may change.
    @discardableResult
    mutating func remove(_ slot: Int) -> OpenTrade {
        let last = count - 1
        slots.remove(fingerprints[slot], UInt64(slot + 1))
        ids.removeByLast(slot)
        let lastFingerprint = fingerprints.removeLast()
        if slot != last {
            slots.renumber(lastFingerprint, UInt64(last + 1), as: UInt64(slot + 1))
            fingerprints[slot] = lastFingerprint
        }
        return trades.removeByLast(slot)
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

/// An open trade: its state, and the sequences of its fills.
///
/// A repeated fill is recognised without reading the log. The fills of trades that are not open are found among the
/// trade's events.
package struct OpenTrade: Sendable {
    /// Where a fill of the trade is.
    struct Fill: Hashable {
        let fingerprint: UInt64
        let sequence: UInt64
    }

    package private(set) var trade: Trade
    /// From the fingerprints of fill ids to the sequences of their events.
    private var fills = FingerprintTable()

    /// The trade that an event begins, which may have the fingerprint of a fill.
    init(opening body: EventBody, _ terms: TradeTerms, sequence: UInt64, fill: UInt64?) throws(Rejection) {
        trade = try Trade(opening: body, terms, sequence: sequence)
        if let fill { noteFill(fill, sequence) }
    }

    /// A trade of which no fill was noted yet.
    init(_ trade: Trade) {
        self.trade = trade
    }

    /// The fills in the order of their events.
    var orderedFills: [Fill] {
        fills.entries.map { Fill(fingerprint: $0.fingerprint, sequence: $0.number) }
            .sorted { $0.sequence < $1.sequence }
    }

    /// How many events the trade had before the last one.
    var lastOrdinal: UInt64 { trade.eventCount - 1 }

    /// Applies the next event of the trade, which may have the fingerprint of a fill.
    ///
    /// Throws the rule that the event breaks; the trade is then unchanged.
    mutating func apply(_ body: EventBody, _ terms: TradeTerms, sequence: UInt64, fill: UInt64?) throws(Rejection) {
        try trade.apply(body, terms, sequence: sequence)
        if let fill { noteFill(fill, sequence) }
    }

    /// The event that has the fill of a body, which has this fingerprint; nil where the fill is new.
    ///
    /// Admission answers such a body as a retry or a conflict, and an audit calls it a broken rule.
    func event(
        withFillOf body: EventBody,
        _ fingerprint: UInt64,
        lookup: (UInt64) throws(LedgerError) -> Event
    ) throws(LedgerError) -> Event? {
        try fills.find(fingerprint) { (sequence) throws(LedgerError) -> Event? in
            let event = try lookup(sequence)
            let isSame =
                event.body.type.isAboutTrade && event.body.subjectBytes == body.subjectBytes
                && event.body.textBytes(.fillID) == body.textBytes(.fillID)
            return isSame ? event : nil
        }
    }

    /// Notes the fill of an event of the trade, by its fingerprint.
    mutating func noteFill(_ fingerprint: UInt64, _ sequence: UInt64) { fills.insert(fingerprint, sequence) }

    /// Forgets a fill of an event that is taken back.
    mutating func forgetFill(_ fingerprint: UInt64, _ sequence: UInt64) { fills.remove(fingerprint, sequence) }

    /// Restores an earlier state.
    mutating func revert(to trade: Trade) { self.trade = trade }
}
