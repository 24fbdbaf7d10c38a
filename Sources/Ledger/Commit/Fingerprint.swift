import TradeModel

/// 64-bit fingerprints of what makes an event recognisable when it is sent again.
///
/// Stable across processes and versions: FNV-1a over the identity's bytes with a finisher that spreads them over all
/// bits (MurmurHash3's `fmix64`).
struct Fingerprint {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    /// Kinds of identity, so that equal bytes of different kinds differ.
    private enum Kind: UInt8 {
        case eventID = 1
        case eventOfTrade = 2
        case fill = 3
    }

    static func eventID(_ id: EventID) -> UInt64 {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        id.append(to: &bytes)
        var fingerprint = Fingerprint(.eventID)
        fingerprint.mix(bytes)
        return fingerprint.finished
    }

    /// The `ordinal`-th event of a trade, from 0: a trade of many events then does not fill one place of a table.
    static func event(ofTrade tradeID: some Sequence<UInt8>, ordinal: UInt64) -> UInt64 {
        var fingerprint = Fingerprint(.eventOfTrade)
        fingerprint.mix(tradeID)
        fingerprint.state ^= ordinal &* 0x9E37_79B9_7F4A_7C15
        return fingerprint.finished
    }

    static func fill(_ fillID: some Sequence<UInt8>, ofTrade tradeID: some Sequence<UInt8>) -> UInt64 {
        var fingerprint = Fingerprint(.fill)
        fingerprint.mix(tradeID)
        fingerprint.mix(CollectionOfOne(0))
        fingerprint.mix(fillID)
        return fingerprint.finished
    }

    private init(_ kind: Kind) {
        mix(CollectionOfOne(kind.rawValue))
    }

    private mutating func mix(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    }

    private var finished: UInt64 {
        var hash = state
        hash = (hash ^ (hash >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        hash = (hash ^ (hash >> 33)) &* 0xC4CE_B9FE_1A85_EC53
        return hash ^ (hash >> 33)
    }
}
