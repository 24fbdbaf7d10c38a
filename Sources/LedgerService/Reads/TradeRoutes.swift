internal import Ledger
internal import Projections
internal import Records
internal import Replay
internal import TradeModel

extension ReadRoutes {
    private static let tradeCountMax: UInt64 = 1000
    private static let usualTradeCount: UInt64 = 100
    private static let statuses = [Trade.Status.open, .closed, .voided]

    static let trades = route(
        "/v1/trades",
        "The trades with their figures, in the order in which they were opened; voided ones too",
        [
            Parameter("status", .choice(statuses.map(\.rawValue)), "Only trades of this status."),
            Parameter("symbol", .text, "Only trades on this symbol."),
            Parameter("strategy", .text, "Only trades of this strategy."),
            Parameter("tag", .text, "Only trades with this tag."),
            Parameter("account", .text, "Only trades on this account."),
            Parameter("since", .time, "Only trades opened at this time or later."),
            Parameter("until", .time, "Only trades opened before this time."),
            Parameter("closed_since", .time, "Only trades closed at this time or later."),
            Parameter("closed_until", .time, "Only trades closed before this time."),
            .limit(tradeCountMax, usually: usualTradeCount), .cursor,
        ] + Parameter.moment
    ) { parameters, reading, cursor in
        let filter = TradeFilter(parameters)
        let moment = try ReadRoutes.moment(parameters, reading.reader)
        let first = try cursor.number(parameters) ?? 1
        let countMax = Int(parameters.integer("limit") ?? usualTradeCount)
        let (page, last) =
            if parameters["status"] == Trade.Status.open.rawValue, moment == .now, reading.live.isCaughtUp {
                openTrades(reading.live, filter, from: first)
            } else {
                try loggedTrades(reading, filter, moment, from: first, countMax)
            }
        var list = ListWriter(countMax: countMax)
        var next = page.next
        for trade in page.rows {
            if list.isFull {
                next = trade.trade.firstSequence
                break
            }
            list.append(TradeRow(trade), TradeRow.printedColumns)
        }
        return list.answer(at: last, next: next.map { cursor.text($0) })
    }

    /// The open trades from the state in memory, from an open on.
    private static func openTrades(
        _ live: LiveFold,
        _ filter: TradeFilter,
        from first: UInt64
    ) -> (SubjectPage<TradeHistory>, last: UInt64) {
        let (trades, last) = live.read { ($0.openTrades, $0.sequence) }
        let included = trades.filter { $0.trade.firstSequence >= first && filter.includes($0) }
            .sorted { $0.trade.firstSequence < $1.trade.firstSequence }
        return (SubjectPage(rows: included, next: nil), last)
    }

    /// A page of trades from the log.
    private static func loggedTrades(
        _ reading: Reading,
        _ filter: TradeFilter,
        _ moment: Moment,
        from first: UInt64,
        _ countMax: Int
    ) throws -> (SubjectPage<TradeHistory>, last: UInt64) {
        let (replay, live) = (TradeReplay(reading.reader), reading.live)
        let last = try moment.lastSequence(reading.reader)
        let page = try replay.page(
            SubjectPageQuery(
                from: first,
                upTo: last,
                rowCountMax: countMax,
                isSelective: filter.dependsOnLaterEvents
            ),
            halts: { (sequence) throws(LedgerError) in
                // The state in memory has every halt up to its sequence.
                live.waits(for: sequence) ? live.read { $0.books.halts } : try replay.halts(upTo: sequence)
            },
            where: filter.includes(opening:),
            filter.includes
        )
        return (page, last)
    }
}

extension TradeFilter {
    /// The conditions that parameters ask for.
    fileprivate init(_ parameters: Parameters) {
        self.init(
            status: parameters["status"].flatMap { Trade.Status(rawValue: $0) },
            symbol: parameters["symbol"],
            strategy: parameters["strategy"],
            tag: parameters["tag"],
            account: parameters["account"],
            opened: TimeRange(parameters, since: "since", until: "until"),
            closed: TimeRange(parameters, since: "closed_since", until: "closed_until")
        )
    }
}
