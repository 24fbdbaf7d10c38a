/// A multimap from 64-bit fingerprints of identities to sequences: 16 bytes an entry, open addressing.
///
/// Two identities may share a fingerprint, so what is found is a candidate: the caller reads the event and compares.
struct FingerprintTable {
    private struct Entry {
        var fingerprint: UInt64
        /// 0 where the slot is free.
        var sequence: UInt64
    }

    private var slots: [Entry] = []
    /// Entries, those among them that were dropped and still take their slot.
    private var usedCount = 0
    /// Entries of this sequence and before are dropped.
    private var droppedSequence: UInt64 = 0

    /// How many slots the table takes.
    var slotCount: Int { slots.count }

    private static let slotCountMin = 8
    private var mask: Int { slots.count - 1 }

    /// Adds an entry.
    ///
    /// Amortised O(1).
    mutating func insert(_ fingerprint: UInt64, _ sequence: UInt64) {
        precondition(sequence > droppedSequence, "sequences begin at 1, and grow")
        if usedCount * 4 >= slots.count * 3 { makeRoom() }
        place(Entry(fingerprint: fingerprint, sequence: sequence))
    }

    /// Drops the entries up to a sequence.
    ///
    /// O(1): their slots are used again when the table would have to grow.
    mutating func drop(upTo sequence: UInt64) {
        droppedSequence = max(droppedSequence, sequence)
    }

    /// The sequences under a fingerprint, ascending.
    func candidates(_ fingerprint: UInt64) -> [UInt64] {
        guard !slots.isEmpty else { return [] }
        var found: [UInt64] = []
        var index = home(fingerprint)
        while slots[index].sequence != 0 {
            if slots[index].fingerprint == fingerprint, slots[index].sequence > droppedSequence {
                found.append(slots[index].sequence)
            }
            index = (index + 1) & mask
        }
        if found.count > 1 { found.sort() }
        return found
    }

    /// Removes an entry that is there, closing the gap so that no probe ends early.
    mutating func remove(_ fingerprint: UInt64, _ sequence: UInt64) {
        precondition(!slots.isEmpty, "only what was inserted is removed")
        var gap = home(fingerprint)
        while slots[gap].fingerprint != fingerprint || slots[gap].sequence != sequence {
            precondition(slots[gap].sequence != 0, "only what was inserted is removed")
            gap = (gap + 1) & mask
        }
        usedCount -= 1
        var index = (gap + 1) & mask
        while slots[index].sequence != 0 {
            let distanceFromHome = (index - home(slots[index].fingerprint)) & mask
            if distanceFromHome >= (index - gap) & mask {
                slots[gap] = slots[index]
                gap = index
            }
            index = (index + 1) & mask
        }
        slots[gap].sequence = 0
    }

    private func home(_ fingerprint: UInt64) -> Int { Int(truncatingIfNeeded: fingerprint) & mask }

    private mutating func place(_ entry: Entry) {
        var index = home(entry.fingerprint)
        while slots[index].sequence != 0 { index = (index + 1) & mask }
        slots[index] = entry
        usedCount += 1
    }

    /// Leaves out what was dropped and makes the table as large as the rest needs, half of it free.
    private mutating func makeRoom() {
        let old = slots
        let liveCount = old.count { $0.sequence > droppedSequence }
        var slotCount = Self.slotCountMin
        while slotCount < liveCount * 2 { slotCount *= 2 }
        slots = [Entry](repeating: Entry(fingerprint: 0, sequence: 0), count: slotCount)
        usedCount = 0
        for entry in old where entry.sequence > droppedSequence { place(entry) }
    }
}
