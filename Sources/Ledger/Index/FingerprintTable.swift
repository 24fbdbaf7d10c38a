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
