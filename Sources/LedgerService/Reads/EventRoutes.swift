internal import Ledger
internal import Records
internal import Replay
internal import TradeModel

extension ReadRoutes {
    private static let eventCountMax: UInt64 = 10_000
    private static let usualEventCount: UInt64 = 1000

    static let events = route(
        "/v1/events",
        "The durable events in order, as they were sent",
        [
            Parameter("from", .integer(1...(.max)), "Only events from this sequence on."),
            Parameter("to", .integer(0...(.max)), "Only events up to this sequence."),
        ] + EventFilter.parameters + [.limit(eventCountMax, usually: usualEventCount), .cursor]
    ) { parameters, reading, cursor in
        let durable = try reading.reader.durableSequence()
        let last = min(durable, parameters.integer("to") ?? .max)
        let first = max(parameters.integer("from") ?? 1, try cursor.number(parameters) ?? 1)
        var list = ListWriter(countMax: Int(parameters.integer("limit") ?? usualEventCount))
        let next =
            if first > last {
                UInt64?.none
            } else if let trade = parameters["trade"] {
                try write(reading.reader, first...last, ofTrade: trade, EventFilter(parameters), into: &list)
            } else {
                try write(reading.reader, first...last, EventFilter(parameters), into: &list)
            }
        return list.answer(at: durable, next: next.map { cursor.text($0) })
    }

    /// Writes a page of events, and returns where the next one begins; nil if this is the last.
    ///
    /// Looks at so many events at most, and may then write fewer than the page may have.
    private static func write(
        _ reader: LedgerReader,
        _ range: ClosedRange<UInt64>,
        _ filter: EventFilter,
        into list: inout ListWriter
    ) throws -> UInt64? {
        let stop = range.lowerBound.addingReportingOverflow(SubjectPageQuery.eventCountMax - 1)
        let limit = stop.overflow ? range.upperBound : min(range.upperBound, stop.partialValue)
        var events = reader.log.cursor(from: range.lowerBound)
        while !list.isFull, let event = try events.next(upTo: limit, about: { filter.includes($0, about: $1) }) {
            list.append(json: event.json(reader.ledgerID))
        }
        let next = list.isFull ? events.nextSequence : limit + 1
        return next <= range.upperBound ? next : nil
    }

    /// Writes a page of the events of a trade, which an index finds.
    private static func write(
        _ reader: LedgerReader,
        _ range: ClosedRange<UInt64>,
        ofTrade id: String,
        _ filter: EventFilter,
        into list: inout ListWriter
    ) throws -> UInt64? {
        var next: UInt64?
        _ = try reader.log.visitEvents(of: .tradeID, [Array(id.utf8)], upTo: range.upperBound) { _, event in
            guard event.sequence >= range.lowerBound, next == nil, filter.includes(event.body) else { return }
            if list.isFull { next = event.sequence } else { list.append(json: event.json(reader.ledgerID)) }
        }
        return next
    }
}
