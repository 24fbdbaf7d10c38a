import TradeModel

/// An event of a log whose bytes are intact, with what the thread that checked it computed from it.
struct CheckedEvent {
    let event: Event
    /// Its leaf of the Merkle tree.
    let leaf: MerkleHash
    var identity: ScreenedIdentity

    /// An event that was not screened yet.
    init(_ event: Event, leaf: MerkleHash) {
        self.event = event
        self.leaf = leaf
        identity = ScreenedIdentity(event)
    }
}

/// The fingerprints of an event's id, subject and fill, and which of these ids an earlier event may have.
struct ScreenedIdentity {
    /// Identities of one event that an earlier event may have.
    struct Suspects: OptionSet {
        let rawValue: UInt8

        static let eventID = Suspects(rawValue: 1)
        /// The id of the trade that it opens.
        static let opened = Suspects(rawValue: 2)
        static let fill = Suspects(rawValue: 4)
    }

    let type: EventType
    /// Of the event's id.
    let eventID: UInt64
    /// Of what it is about.
    let subject: UInt64
    /// Of the fill; nil where the event names none.
    let fill: UInt64?
    var suspects: Suspects = []

    init(_ event: Event) {
        type = event.body.type
        eventID = Fingerprint.event(event.eventID)
        subject = Fingerprint.subject(of: event.body)
        fill = Fingerprint.fill(of: event.body, ofTrade: subject)
    }
}
