import Ledger
import TradeModel

/// What a reader finds in a ledger through the public API.
struct RecoveredLog {
    let events: [Event]
    let rejected: [[UInt8]]

    /// Reads everything that is durable.
    init(_ disk: SimulatedDisk) throws {
        let reader = try LogReader(disk)
        let durable = try reader.durableSequence()
        var cursor = reader.cursor(from: 1)
        var events: [Event] = []
        while let event = try cursor.next(upTo: durable) { events.append(event) }
        var rejected: [[UInt8]] = []
        try reader.rejectedEvents { rejected.append($0.line) }
        self.events = events
        self.rejected = rejected
    }

    /// The trades of these events, folded only by the rules.
    func trades() throws(Rejection) -> [[UInt8]: Trade] {
        var trades: [[UInt8]: Trade] = [:]
        for event in events where event.body.type.isAboutTrade {
            let id = Array(event.body.subjectBytes)
            if trades[id] == nil {
                trades[id] = try Trade(opening: event)
            } else {
                try trades[id]?.apply(event)
            }
        }
        return trades
    }
}
