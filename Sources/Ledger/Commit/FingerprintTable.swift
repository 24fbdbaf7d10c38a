/// A multimap from 64-bit fingerprints of identities to sequences: 16 bytes an entry, open addressing.
///
/// Two identities may share a fingerprint, so what is found is a candidate: the caller reads the event and compares.
struct FingerprintTable {
    private struct Entry {
        var fingerprint: UInt64
        /// 0 where the slot is free.
        var sequence: UInt64
    }

    private var slots = [Entry](repeating: Entry(fingerprint: 0, sequence: 0), count: 64)
    private(set) var count = 0

    private var mask: Int { slots.count - 1 }

    /// Adds an entry.
    ///
    /// Amortised O(1).
    mutating func insert(_ fingerprint: UInt64, _ sequence: UInt64) {
        precondition(sequence > 0, "sequences begin at 1")
        if count * 4 >= slots.count * 3 { grow() }
        place(Entry(fingerprint: fingerprint, sequence: sequence))
        count += 1
    }

    /// The sequences under a fingerprint, in no particular order.
    func candidates(_ fingerprint: UInt64) -> [UInt64] {
        var found: [UInt64] = []
        var index = home(fingerprint)
        while slots[index].sequence != 0 {
            if slots[index].fingerprint == fingerprint { found.append(slots[index].sequence) }
            index = (index + 1) & mask
        }
        return found
    }

    /// Removes an entry that is there, closing the gap so that no probe ends early.
    mutating func remove(_ fingerprint: UInt64, _ sequence: UInt64) {
        var gap = home(fingerprint)
        while slots[gap].fingerprint != fingerprint || slots[gap].sequence != sequence {
            precondition(slots[gap].sequence != 0, "only what was inserted is removed")
            gap = (gap + 1) & mask
        }
        count -= 1
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
    }

    private mutating func grow() {
        let old = slots
        slots = [Entry](repeating: Entry(fingerprint: 0, sequence: 0), count: old.count * 2)
        for entry in old where entry.sequence != 0 { place(entry) }
    }
}
