internal import CLedgerShims
package import TradeModel

/// A multimap from 64-bit fingerprints of identities to numbers from 1 on: 16 bytes an entry, open addressing.
///
/// The numbers are sequences of the log, or slots of a table.
///
/// Two identities may share a fingerprint, so each result is only a candidate that the caller verifies.
struct FingerprintTable {
    private struct Entry {
        var fingerprint: UInt64
        /// 0 where the slot is free.
        var number: UInt64
    }

    private var slots: [Entry] = []
    /// Entries, those among them that were dropped and still take their slot.
    private(set) var usedCount = 0
    /// Entries of this number and below are dropped.
    private var droppedNumber: UInt64 = 0

    /// How many slots the table takes.
    var slotCount: Int { slots.count }

    private static let slotCountMin = 8
    private var mask: Int { slots.count - 1 }

    /// Adds an entry.
    ///
    /// Amortised O(1).
    mutating func insert(_ fingerprint: UInt64, _ number: UInt64) {
        precondition(number > droppedNumber, "numbers begin at 1, and are not dropped yet")
        if usedCount * 4 >= slots.count * 3 { makeRoom() }
        place(Entry(fingerprint: fingerprint, number: number))
    }

    /// Begins to load the slot of a fingerprint.
    func prefetch(_ fingerprint: UInt64) {
        guard !slots.isEmpty else { return }
        unsafe slots.withUnsafeBufferPointer { slots in
            unsafe ledger_prefetch(slots.baseAddress?.advanced(by: home(fingerprint)))
        }
    }

    /// Drops the entries up to a number.
    ///
    /// O(1): their slots are used again when the table would have to grow.
    mutating func drop(upTo number: UInt64) {
        droppedNumber = max(droppedNumber, number)
    }

    /// The first non-nil result of `examine` among the numbers stored under the fingerprint.
    func find<Result, Failure>(
        _ fingerprint: UInt64,
        _ examine: (UInt64) throws(Failure) -> Result?
    ) throws(Failure) -> Result? {
        guard !slots.isEmpty else { return nil }
        var index = home(fingerprint)
        while slots[index].number != 0 {
            if slots[index].fingerprint == fingerprint, slots[index].number > droppedNumber,
                let result = try examine(slots[index].number)
            {
                return result
            }
            index = (index + 1) & mask
        }
        return nil
    }

    /// The entries that are not dropped, in no particular order.
    var entries: [(fingerprint: UInt64, number: UInt64)] {
        slots.lazy.filter { $0.number > droppedNumber }.map { ($0.fingerprint, $0.number) }
    }

    /// Replaces a number that is present.
    mutating func renumber(_ fingerprint: UInt64, _ number: UInt64, as new: UInt64) {
        slots[place(of: fingerprint, number)].number = new
    }

    /// Removes an entry that is there, closing the gap so that no probe ends early.
    mutating func remove(_ fingerprint: UInt64, _ number: UInt64) {
        var gap = place(of: fingerprint, number)
        usedCount -= 1
        var index = (gap + 1) & mask
        while slots[index].number != 0 {
            let distanceFromHome = (index - home(slots[index].fingerprint)) & mask
            if distanceFromHome >= (index - gap) & mask {
                slots[gap] = slots[index]
                gap = index
            }
            index = (index + 1) & mask
        }
        slots[gap].number = 0
    }

    private func place(of fingerprint: UInt64, _ number: UInt64) -> Int {
        precondition(!slots.isEmpty, "what was inserted is there")
        var index = home(fingerprint)
        while slots[index].fingerprint != fingerprint || slots[index].number != number {
            precondition(slots[index].number != 0, "what was inserted is there")
            index = (index + 1) & mask
        }
        return index
    }

    private func home(_ fingerprint: UInt64) -> Int { Int(truncatingIfNeeded: fingerprint) & mask }

    private mutating func place(_ entry: Entry) {
        var index = home(entry.fingerprint)
        while slots[index].number != 0 { index = (index + 1) & mask }
        slots[index] = entry
        usedCount += 1
    }

    /// Removes dropped entries and resizes the table for the rest, leaving half of it free.
    private mutating func makeRoom() {
        let old = slots
        let liveCount = old.count { $0.number > droppedNumber }
        var slotCount = Self.slotCountMin
        while slotCount < liveCount * 2 { slotCount *= 2 }
        slots = [Entry](repeating: Entry(fingerprint: 0, number: 0), count: slotCount)
        usedCount = 0
        for entry in old where entry.number > droppedNumber { place(entry) }
    }
}

/// 64-bit fingerprints of what makes an event recognisable when it is sent again.
///
/// MurmurHash64A (Austin Appleby, MurmurHash2.cpp, public domain), which processes eight bytes at a time. Their top
/// bits are stored on disk, so they never change: see `schema/derived-files.md`, "Fingerprints".
package enum Fingerprint {
    /// Kinds of identity, the seeds of the hash, so that equal bytes of different kinds differ.
    private enum Kind {
        static let eventID: UInt64 = 1

        /// The subjects of which a field holds the id; 0 of events about nothing.
        static func subject(_ field: Field?) -> UInt64 { 0x100 + UInt64(field?.number ?? 0) }
    }

    private static let multiplier: UInt64 = 0xC6A4_A793_5BD1_E995

    /// The fingerprint of an event by its id.
    package static func event(_ id: EventID) -> UInt64 {
        var hash = Kind.eventID ^ (UInt64(EventID.byteCount) &* multiplier)
        mix(id.high.byteSwapped, into: &hash)
        mix(id.low.byteSwapped, into: &hash)
        return finished(hash)
    }

    /// The fingerprint of a trade by its id.
    package static func trade(_ id: Span<UInt8>) -> UInt64 { hash(id, seed: Kind.subject(.tradeID)) }

    /// The fingerprint of a fill by its id and that of its trade.
    package static func fill(_ id: Span<UInt8>, ofTrade trade: UInt64) -> UInt64 { hash(id, seed: trade) }

    /// The fingerprint of what an event is about.
    package static func subject(of body: EventBody) -> UInt64 {
        let bytes = body.bytes.span
        return subject(bytes.extracting(bytes.subjectRange), of: body.type.subject)
    }

    /// The fingerprint of a subject by its id, which a field holds.
    static func subject(_ id: Span<UInt8>, of field: Field?) -> UInt64 { hash(id, seed: Kind.subject(field)) }

    /// The fingerprint of the fill that an event of a trade is; nil where it names none.
    static func fill(of body: EventBody, _ terms: TradeTerms, ofTrade trade: UInt64) -> UInt64? {
        let bytes = body.bytes.span
        return terms.fillID(in: bytes).map { fill(bytes.extracting($0), ofTrade: trade) }
    }

    /// The `ordinal`-th event of a subject, from 0: one with many events then does not fill one bucket of a table.
    static func event(ofSubject subject: UInt64, ordinal: UInt64) -> UInt64 {
        finished((subject ^ (ordinal &+ 1)) &* multiplier)
    }

    private static func hash(_ bytes: Span<UInt8>, seed: UInt64) -> UInt64 {
        var hash = seed ^ (UInt64(bytes.count) &* multiplier)
        var offset = 0
        while offset + 8 <= bytes.count {
            mix(bytes.littleEndian64(at: offset), into: &hash)
            offset += 8
        }
        if offset < bytes.count {
            var rest: UInt64 = 0
            for index in (offset..<bytes.count).reversed() { rest = rest << 8 | UInt64(bytes[index]) }
            hash = (hash ^ rest) &* multiplier
        }
        return finished(hash)
    }

    private static func mix(_ word: UInt64, into hash: inout UInt64) {
        var word = word &* multiplier
        word ^= word >> 47
        hash = (hash ^ (word &* multiplier)) &* multiplier
    }

    private static func finished(_ hash: UInt64) -> UInt64 {
        let hash = (hash ^ (hash >> 47)) &* multiplier
        return hash ^ (hash >> 47)
    }
}
