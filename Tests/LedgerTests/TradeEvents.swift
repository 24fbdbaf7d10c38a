import Ledger
import LedgerTestSupport
import TradeModel

/// Short events of one trade.
enum TradeEvents {
    static func opened(
        _ id: String,
        at milliseconds: Int64 = 1000,
        eventID: EventID? = nil,
        amount: String = "2",
        price: String = "10",
        fillID: String? = nil
    ) throws -> EventDraft {
        try draft(
            .opened,
            id,
            milliseconds,
            eventID,
            fillID,
            [.symbol: "BTC/USDT", .side: "buy", .orderType: "market", .amount: amount, .price: price]
        )
    }

    static func increased(
        _ id: String,
        at milliseconds: Int64 = 2000,
        eventID: EventID? = nil,
        amount: String = "1",
        price: String = "10",
        fillID: String? = nil
    ) throws -> EventDraft {
        try draft(.increased, id, milliseconds, eventID, fillID, [.amount: amount, .price: price])
    }

    static func reduced(
        _ id: String,
        at milliseconds: Int64 = 2000,
        amount: String = "1",
        price: String = "10",
        fillID: String? = nil
    ) throws -> EventDraft {
        try draft(.reduced, id, milliseconds, nil, fillID, [.amount: amount, .price: price])
    }

    static func closed(
        _ id: String,
        at milliseconds: Int64 = 3000,
        eventID: EventID? = nil,
        price: String = "11",
        fillID: String? = nil,
        _ fields: [Field: String] = [:]
    ) throws -> EventDraft {
        try draft(.closed, id, milliseconds, eventID, fillID, fields.merging([.price: price]) { $1 })
    }

    static func annotated(_ id: String, _ reason: String, at milliseconds: Int64 = 4000) throws -> EventDraft {
        try draft(.annotated, id, milliseconds, nil, nil, [.reason: reason])
    }

    static func adjusted(_ id: String, _ cost: String, at milliseconds: Int64 = 4000) throws -> EventDraft {
        try draft(.adjusted, id, milliseconds, nil, nil, [.kind: "funding", .cost: cost])
    }

    static func voided(_ id: String, at milliseconds: Int64 = 5000) throws -> EventDraft {
        try draft(.voided, id, milliseconds, nil, nil, [.reason: "test order"])
    }

    private static func draft(
        _ type: EventType,
        _ id: String,
        _ milliseconds: Int64,
        _ eventID: EventID?,
        _ fillID: String?,
        _ fields: [Field: String]
    ) throws -> EventDraft {
        var fields = fields
        if let fillID { fields[.fillID] = fillID }
        return try EventDraft(
            type,
            subject: id,
            occurredAt: Timestamp(microsecondsSince1970: milliseconds * 1000),
            eventID: eventID,
            fields: fields
        )
    }
}

/// The smallest segments, so that a test soon has several; they stay plain, so that a test finds what it wrote.
let smallSegments = plainSegments(LedgerConfiguration(segmentByteCount: 64 << 10))

/// A writer that writes no empty frame by itself while a test runs.
let neverIdle = plainSegments(LedgerConfiguration(segmentByteCount: 64 << 10, idleMilliseconds: 3_600_000))

private func plainSegments(_ configuration: LedgerConfiguration) -> LedgerConfiguration {
    var configuration = configuration
    configuration.sealedBlockByteCount = nil
    return configuration
}

extension TemporaryDirectory {
    /// A directory with a new ledger of small segments.
    static func withLedger() throws -> TemporaryDirectory {
        let directory = TemporaryDirectory()
        try Ledger.create(in: directory.path, configuration: smallSegments)
        return directory
    }

    /// The names of the segments in order.
    var segments: [String] { files.filter { SegmentName(fileName: $0) != nil } }
}

extension LedgerReader {
    /// All durable events from a sequence on.
    func all(from first: UInt64 = 1) throws(LedgerError) -> [Event] {
        var stream = try events(from: first)
        var events: [Event] = []
        while let event = try stream.next() { events.append(event) }
        return events
    }
}
