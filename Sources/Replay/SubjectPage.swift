package import Ledger
package import Projections
package import TradeModel

/// Some of the subjects of a ledger, in the order in which they began, and where the next ones are.
package struct SubjectPage<Row> {
    /// The rows of the page.
    package fileprivate(set) var rows: [Row]
    /// The event at which the next page begins; nil where this is the last one.
    package fileprivate(set) var next: UInt64?

    /// A page with these rows.
    package init(rows: [Row] = [], next: UInt64?) { (self.rows, self.next) = (rows, next) }
}

/// Which page of subjects is asked for.
package struct SubjectPageQuery: Sendable {
    /// The event at which the page begins.
    private let first: UInt64
    /// The last event that counts, which is durable.
    fileprivate let last: UInt64
    private let rowCountMax: Int
    /// So many subjects are looked up before a page ends.
    private let candidateCountMax: Int

    /// So many events are read in search of beginnings before a page ends.
    package static let eventCountMax: UInt64 = 1 << 18
    private static let candidateCountMax = 1000
    /// So many bytes of their beginnings are held before a page ends.
    private static let candidateByteCountMax = 8 << 20

    /// The page of at most so many rows that begins at an event, as known after another one that is durable.
    ///
    /// `isSelective` says whether only some of the subjects are wanted that can be by their beginnings.
    package init(from first: UInt64, upTo last: UInt64, rowCountMax: Int, isSelective: Bool) {
        (self.first, self.last, self.rowCountMax) = (max(first, 1), last, rowCountMax)
        candidateCountMax = isSelective ? max(rowCountMax, Self.candidateCountMax) : rowCountMax
    }

    /// The events that begin subjects and are wanted, and where the search goes on; nil if it reached the end.
    fileprivate func beginnings(
        _ log: LogReader<PosixStorage>,
        of type: EventType,
        where isWanted: (Event) -> Bool
    ) throws(LedgerError) -> (events: [Event], next: UInt64?) {
        var events: [Event] = []
        guard first <= last else { return ([], nil) }
        let limit = last - first < Self.eventCountMax ? last : first + Self.eventCountMax - 1
        var cursor = log.cursor(from: first)
        var byteCount = 0
        var isFull: Bool { events.count == candidateCountMax || byteCount >= Self.candidateByteCountMax }
        while !isFull, let event = try cursor.next(upTo: limit, ofType: { $0 == type }) {
            guard isWanted(event) else { continue }
            events.append(event.copied())
            byteCount += event.body.bytes.count
        }
        let next = isFull ? cursor.nextSequence : limit + 1
        return (events, next <= last ? next : nil)
    }

    /// The page of the rows that are wanted, each with the event that began it.
    fileprivate func page<Row>(
        _ rows: [(beginning: UInt64, row: Row)],
        searchedTo next: UInt64?,
        where isWanted: (Row) -> Bool
    ) -> SubjectPage<Row> {
        var page = SubjectPage<Row>(next: next)
        for (beginning, row) in rows where isWanted(row) {
            if page.rows.count == rowCountMax {
                page.next = beginning
                break
            }
            page.rows.append(row)
        }
        return page
    }
}

extension TradeReplay {
    /// A page of the trades that are wanted, in the order in which they were opened.
    ///
    /// `isCandidate` says of the open of a trade whether the trade can be wanted. A page can have fewer rows than it
    /// may, even none, although others follow. `halts` gives the halts that began before an event.
    ///
    /// Reads `SubjectPageQuery.eventCountMax` events at most, the events of a thousand trades at most, and what no
    /// index run covers; O(events) where events were given up as damaged.
    package func page(
        _ query: SubjectPageQuery,
        halts: (UInt64) throws(LedgerError) -> HaltFold,
        where isCandidate: (EventBody) -> Bool,
        _ isWanted: (TradeHistory) -> Bool
    ) throws -> SubjectPage<TradeHistory> {
        let (opens, next) = try query.beginnings(reader.log, of: .opened) { isCandidate($0.body) }
        guard let lastOpen = opens.last else { return SubjectPage(next: next) }
        let trades = try trades(openedBy: opens, upTo: query.last, try halts(lastOpen.sequence))
        return query.page(trades.map { ($0.trade.firstSequence, $0) }, searchedTo: next, where: isWanted)
    }

    /// The trades that events opened, as they were after a later one, in the same order.
    private func trades(openedBy opens: [Event], upTo last: UInt64, _ halts: HaltFold) throws -> [TradeHistory] {
        var trades: [TradeHistory?] = opens.map { _ in nil }
        var areWhole = true
        let ids = opens.map { Array($0.body.subjectBytes) }
        let isWhole = try reader.log.visitEvents(of: .tradeID, ids, upTo: last) { place, event in
            do throws(Rejection) {
                if event.sequence == opens[place].sequence {
                    let isDuringHalt = halts.wereInForce(for: event.body, at: event.sequence)
                    trades[place] = try TradeHistory(opening: event, isDuringHalt: isDuringHalt)
                } else {
                    try trades[place]?.apply(event)
                }
            } catch {
                areWhole = false
            }
        }
        if isWhole, areWhole { return trades.compactMap { $0 } }
        // Only the whole log shows which events depend on one that was given up.
        let places = Dictionary(uniqueKeysWithValues: opens.enumerated().map { ($1.sequence, $0) })
        trades = opens.map { _ in nil }
        try visitTrades(to: last) { trade in
            if let place = places[trade.trade.firstSequence] { trades[place] = trade }
        }
        return trades.compactMap { $0 }
    }

    /// Every halt up to an event.
    ///
    /// O(events), of which only those of halts are decoded.
    package func halts(upTo last: UInt64) throws(LedgerError) -> HaltFold {
        var halts = HaltFold()
        var cursor = reader.log.cursor(from: 1)
        while let event = try cursor.next(upTo: last, ofType: { $0.isAboutScope }) { halts.apply(event) }
        return halts
    }
}

/// A row that follows from the events of one subject alone.
package protocol SubjectRow: Sendable {
    /// The type of the event that begins the subject.
    static var beginning: EventType { get }
    /// The rows of this kind in some books.
    static func rows(_ records: BookRecords) -> [Self]
    /// The row of which an event is the last, after its earlier events.
    init?(_ event: Event, after earlier: [Event])
    /// The sequence of its first event.
    var firstSequence: UInt64 { get }
}

extension DecisionRow: SubjectRow {
    package static var beginning: EventType { .decisionMade }
    package static func rows(_ records: BookRecords) -> [DecisionRow] { records.decisions }
}

extension PredictionRow: SubjectRow {
    package static var beginning: EventType { .predictionMade }
    package static func rows(_ records: BookRecords) -> [PredictionRow] { records.predictions }
}

extension AlertRow: SubjectRow {
    package static var beginning: EventType { .alertRaised }
    package static func rows(_ records: BookRecords) -> [AlertRow] { records.alerts }
}

extension BooksReplay {
    /// A page of decisions, predictions or alerts that are wanted, in the order in which they began.
    ///
    /// `isCandidate` says of a row after its first event whether the later row can be wanted. A decision has nothing of
    /// what its trades brought. Costs as much as a page of trades.
    package func page<Row: SubjectRow>(
        _ query: SubjectPageQuery,
        where isCandidate: (Row) -> Bool,
        _ isWanted: (Row) -> Bool
    ) throws(LedgerError) -> SubjectPage<Row> {
        let (beginnings, next) = try query.beginnings(reader.log, of: Row.beginning) { event in
            Row(event, after: []).map(isCandidate) ?? false
        }
        guard let field = Row.beginning.subject, !beginnings.isEmpty else { return SubjectPage(next: next) }
        var events: [[Event]] = beginnings.map { _ in [] }
        let ids = beginnings.map { Array($0.body.subjectBytes) }
        let isWhole = try reader.log.visitEvents(of: field, ids, upTo: query.last) { events[$0].append($1.copied()) }
        var rows = events.compactMap { events in events.last.flatMap { Row($0, after: events.dropLast()) } }
        if !isWhole {
            // Only the whole log shows which events depend on one that was given up.
            let sequences = Set(beginnings.map(\.sequence))
            let records = try books(asOf: .sequence(query.last)).books.records
            rows = records.map { Row.rows($0).filter { sequences.contains($0.firstSequence) } } ?? []
        }
        return query.page(rows.map { ($0.firstSequence, $0) }, searchedTo: next, where: isWanted)
    }
}
