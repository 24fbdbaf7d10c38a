/// The open trades, found by the fingerprints of their ids; each state is changed in place.
///
/// Two ids may share a fingerprint, so their bytes are compared. States are stored contiguously; when one is removed,
/// the last one takes its slot.
package struct OpenTrades<Fold: Sendable>: Sendable {
    /// From the fingerprint of an id to its slot + 1.
    private var slots = FingerprintTable()
    private var fingerprints: [UInt64] = []
    private var ids = IdentifierCells()
    /// The states, each at its slot.
    private(set) var folds: [Fold] = []

    /// No trade.
    init() {}

    /// The trades of another table, with each state transformed.
    init<Other>(_ other: OpenTrades<Other>, _ transform: (Other) -> Fold) {
        slots = other.slots
        fingerprints = other.fingerprints
        ids = other.ids
        folds = other.folds.map(transform)
    }

    /// How many trades are open.
    var count: Int { folds.count }

    /// A copy of the states by id, for comparisons.
    var byID: [[UInt8]: Fold] {
        var trades = [[UInt8]: Fold](minimumCapacity: count)
        for slot in folds.indices { trades[Array(id(at: slot))] = folds[slot] }
        return trades
    }

    /// The bytes of the id of the trade in a slot.
    func id(at slot: Int) -> ArraySlice<UInt8> { ids[slot] }

    /// The slot of a trade, until one is removed; nil where none of that id is open.
    func slot(of id: Span<UInt8>, _ fingerprint: UInt64) -> Int? {
        slots.find(fingerprint) { number in
            let slot = Int(number) - 1
            return ids.holds(id, at: slot) ? slot : nil
        }
    }

    /// Adds a trade of which there is none yet.
    mutating func insert(_ fold: consuming Fold, id: Span<UInt8>, _ fingerprint: UInt64) {
        slots.insert(fingerprint, UInt64(folds.count + 1))
        ids.append(id)
        fingerprints.append(fingerprint)
        folds.append(fold)
    }

    /// Changes a state in its slot.
    mutating func update<Result, Failure>(
        _ slot: Int,
        _ change: (inout Fold) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try change(&folds[slot])
    }

    /// Removes a trade; the slots of other trades may change.
    @discardableResult
    mutating func remove(_ slot: Int) -> Fold {
        let last = folds.count - 1
        slots.remove(fingerprints[slot], UInt64(slot + 1))
        if slot != last {
            slots.renumber(fingerprints[last], UInt64(last + 1), as: UInt64(slot + 1))
            folds.swapAt(slot, last)
            fingerprints[slot] = fingerprints[last]
        }
        ids.removeByLast(slot)
        fingerprints.removeLast()
        return folds.removeLast()
    }
}
