/// The ids that a ledger gives to events without one: they follow from its own id, the sequence and the time, so that
/// nothing stores them.
///
/// Such an id is a UUIDv7: the milliseconds of `recorded_at`, then 74 bits of the ledger's id (a UUIDv7 too, so they
/// are random), with the sequence XORed into the last of them. See `schema/segment-format.md`, "Derived event ids".
public struct DerivedEventIDs: Hashable, Sendable {
    /// The id of sequence 0 at time 0: version, variant and the 74 bits.
    private let base: EventID

    /// The last sequence for which an id is derived: events after it store their ids.
    ///
    /// A ledger that takes a million events a second reaches it in nine years. Of the ids that producers choose at
    /// random, one in 2^26 or fewer looks like the derived id of a sequence up to this one.
    public static let sequenceMax: UInt64 = 1 << 48 - 1

    /// The ids that the ledger of an id derives.
    public init(of ledgerID: EventID) {
        base = EventID.version7(at: .min, random: (ledgerID.high, ledgerID.low))
    }

    /// The id of the event of a sequence that is recorded at a time; nil after `sequenceMax`.
    public func id(at sequence: UInt64, recordedAt: Timestamp) -> EventID? {
        guard sequence <= Self.sequenceMax else { return nil }
        return EventID(high: recordedAt.millisecondsSince1970 << 16 | base.high, low: base.low ^ sequence)
    }

    /// The one sequence for which an id may have been derived, at some time; nil where there is none.
    public func sequence(of id: EventID) -> UInt64? {
        let sequence = id.low ^ base.low
        guard id.high & 0xFFFF == base.high, (1...Self.sequenceMax).contains(sequence) else { return nil }
        return sequence
    }
}

extension EventID {
    /// Whether an event's record holds its id.
    public enum Origin: Sendable {
        /// The record holds none: the ledger derives it.
        case derived
        /// The record holds the id, which a producer chose, or the ledger at random.
        case stored
    }

    /// The time of a UUIDv7, in milliseconds since 1970; nil for an id of another version.
    package var version7Milliseconds: UInt64? {
        high >> 12 & 0xF == 7 && low >> 62 == 0b10 ? high >> 16 : nil
    }
}

extension Timestamp {
    /// Whole milliseconds since 1970, as a UUIDv7 has them.
    package var millisecondsSince1970: UInt64 { UInt64(bitPattern: microsecondsSince1970 / 1000) }
}
