package import TradeModel

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
        return hash(bytes.extracting(bytes.subjectRange), seed: Kind.subject(body.type.subject))
    }

    /// The fingerprint of the fill that an event is; nil where it names none, or is about no trade.
    static func fill(of body: EventBody, ofTrade trade: UInt64) -> UInt64? {
        guard body.type.isAboutTrade else { return nil }
        let bytes = body.bytes.span
        guard let range = bytes.value(of: .fillID) else { return nil }
        return fill(bytes.extracting(range), ofTrade: trade)
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

/// The fingerprints under which one event is found: by its id, and by its place among the events of its subject.
struct EventIdentity {
    let event: UInt64
    /// Nil for an event of a subject that has no beginning: no rule asks for the events before it.
    let place: UInt64?

    /// The identity of an event by its id and the fingerprint of its subject.
    ///
    /// `ordinal` counts the events of the subject from 0.
    init(_ eventID: EventID, ofSubject subject: UInt64, ordinal: UInt64?) {
        event = Fingerprint.event(eventID)
        place = ordinal.map { Fingerprint.event(ofSubject: subject, ordinal: $0) }
    }
}
