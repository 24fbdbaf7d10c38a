package import TradeModel

/// 64-bit fingerprints of what makes an event recognisable when it is sent again.
///
/// MurmurHash64A (Austin Appleby, MurmurHash2.cpp, public domain), which processes eight bytes at a time. Their top
/// bits are stored on disk, so they never change: see `schema/derived-files.md`, "Fingerprints".
package enum Fingerprint {
    /// Kinds of identity, the seeds of the hash, so that equal bytes of different kinds differ.
    private enum Kind {
        static let eventID: UInt64 = 1
        static let trade: UInt64 = 2
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
    package static func trade(_ id: Span<UInt8>) -> UInt64 { hash(id, seed: Kind.trade) }

    /// The fingerprint of a fill by its id and that of its trade.
    package static func fill(_ id: Span<UInt8>, ofTrade trade: UInt64) -> UInt64 { hash(id, seed: trade) }

    /// The fingerprint of the trade of an event.
    package static func trade(of body: EventBody) -> UInt64 {
        let bytes = body.bytes.span
        return trade(bytes.extracting(bytes.tradeIDRange))
    }

    /// The fingerprint of the fill that an event is; nil where it names none.
    static func fill(of body: EventBody, ofTrade trade: UInt64) -> UInt64? {
        let bytes = body.bytes.span
        guard let range = bytes.value(of: .fillID) else { return nil }
        return fill(bytes.extracting(range), ofTrade: trade)
    }

    /// The `ordinal`-th event of a trade, from 0: a trade with many events then does not fill one bucket of a table.
    static func event(ofTrade trade: UInt64, ordinal: UInt64) -> UInt64 {
        finished((trade ^ (ordinal &+ 1)) &* multiplier)
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

/// The fingerprints under which one event is found: by its id, and by its place among the events of its trade.
struct EventIdentity {
    let event: UInt64
    let place: UInt64

    /// The identity of an event by its id and the fingerprint of its trade.
    ///
    /// `ordinal` counts the events of the trade from 0.
    init(_ eventID: EventID, ofTrade trade: UInt64, ordinal: UInt64) {
        event = Fingerprint.event(eventID)
        place = Fingerprint.event(ofTrade: trade, ordinal: ordinal)
    }
}
