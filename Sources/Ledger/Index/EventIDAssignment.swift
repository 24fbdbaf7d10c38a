package import TradeModel

/// Decides which id an event without one gets, and which event an id can be derived from.
///
/// The ledger derives an id from the sequence and the time, and stores none. A producer may send an id that the ledger
/// would derive for a later event, for example one from a fork, or from the lost end of a log that was restored from a
/// backup. Such an id is reserved: if the ledger comes to derive it, it stores a random id for that event instead. So
/// no two events of a ledger have one id.
package struct EventIDAssignment: Sendable {
    private let derivedIDs: DerivedEventIDs
    /// Stored ids that the ledger could derive for a later event; rarely any.
    private var reserved: Set<EventID>

    /// The ids of a ledger, and those that were reserved so far.
    package init(of ledgerID: EventID, reserved: [EventID] = []) {
        derivedIDs = DerivedEventIDs(of: ledgerID)
        self.reserved = Set(reserved)
    }

    /// The id that an event that came without one has to store; nil where the ledger derives it.
    package func idToStore(
        at sequence: UInt64,
        recordedAt: Timestamp,
        random: () -> (UInt64, UInt64)
    ) -> EventID? {
        // Rarely any id is reserved, so the event's own is hardly ever computed.
        if reserved.isEmpty && sequence <= DerivedEventIDs.sequenceMax { return nil }
        if let id = derivedIDs.id(at: sequence, recordedAt: recordedAt), !isReserved(id) { return nil }
        return EventID.version7(at: recordedAt, random: random())
    }

    /// The sequence of the one event whose derived id this can be; nil where there is none.
    ///
    /// It is that event's id only if the event stores none, and the event's own time gives exactly this id.
    package func sequence(of id: EventID) -> UInt64? { derivedIDs.sequence(of: id) }

    /// Reserves an id that the event of a sequence stores, if the ledger could derive it for a later event.
    ///
    /// Time never goes back, so an id with an earlier time is never derived again.
    package mutating func reserve(_ id: EventID, storedAt sequence: UInt64, recordedAt: Timestamp) {
        if isDerivable(id, after: sequence, recordedAt) { reserved.insert(id) }
    }

    /// Undoes `reserve`.
    package mutating func release(_ id: EventID) {
        if !reserved.isEmpty { reserved.remove(id) }
    }

    /// Whether an earlier event stores this id, which the ledger could derive.
    package func isReserved(_ id: EventID) -> Bool { !reserved.isEmpty && reserved.contains(id) }

    /// The reserved ids that the ledger could derive for an event after one of a sequence and a time, ascending.
    package func reserved(after sequence: UInt64, recordedAt: Timestamp) -> [EventID] {
        reserved.filter { isDerivable($0, after: sequence, recordedAt) }
            .sorted { ($0.high, $0.low) < ($1.high, $1.low) }
    }

    private func isDerivable(_ id: EventID, after sequence: UInt64, _ recordedAt: Timestamp) -> Bool {
        guard let derived = derivedIDs.sequence(of: id), let milliseconds = id.version7Milliseconds
        else { return false }
        return derived > sequence && milliseconds >= recordedAt.millisecondsSince1970
    }
}
