import TradeModel

/// An event of a log whose bytes are intact, with what the thread that checked it computed from it.
struct CheckedEvent {
    let event: Event
    /// Its leaf of the Merkle tree.
    let leaf: MerkleHash
    /// The fingerprint of its id.
    let eventID: UInt64
    /// The fingerprint of its trade.
    let trade: UInt64
    /// The fingerprint of its fill; nil where it names none.
    let fill: UInt64?
    let type: EventType
    /// Its identities that an earlier event may have.
    var suspects: IdentityScreen.Suspects = []

    /// An event that was not screened yet.
    init(_ event: Event, leaf: MerkleHash) {
        self.event = event
        type = event.body.type
        self.leaf = leaf
        eventID = Fingerprint.event(event.eventID)
        trade = Fingerprint.trade(of: event.body)
        fill = Fingerprint.fill(of: event.body, ofTrade: trade)
    }
}
