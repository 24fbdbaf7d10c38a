internal import Ledger
internal import Projections
internal import Records
internal import Replay
internal import Statistics
internal import TradeModel

extension ReadRoutes {
    static let performance = route(
        "/v1/performance",
        "The figures of closed trades and of equity, by currency or by a group",
        [
            Parameter("by", .choice(Grouping.allCases.map(\.rawValue)), "One set for each of these."),
            Parameter("since", .time, "Only trades closed at this time or later."),
            Parameter("until", .time, "Only trades closed before this time."),
            Parameter("base", .name, "The currency into which all amounts are converted."),
            Parameter("capital", .amount, "The capital at the beginning, instead of the flows on record."),
            Parameter("marked", .flag, "Whether open trades count in equity at the prices on record."),
            Parameter(
                "convention",
                .choice(PerformanceQuery.Convention.allCases.map(\.rawValue)),
                "The formulas; textbook if absent."
            ),
        ] + Parameter.moment
    ) { parameters, reading, _ in
        let last = try moment(parameters, reading.reader).lastSequence(reading.reader)
        guard let query = PerformanceQuery(parameters) else { return ListWriter().answer(at: last) }
        let replay = PerformanceReplay([reading.reader], asOf: .sequence(last))
        let (figures, _, positions) = try replay.figures(query)
        let ledgers = LedgerPositions.json(positions)
        var list = ListWriter()
        for set in figures { list.append(Record(PerformanceRow(set, ledgers: ledgers), query)) }
        return list.answer(at: last)
    }

    private static let dayCountMax: UInt64 = 10_000
    private static let usualDayCount: UInt64 = 1000

    static let equity = route(
        "/v1/equity",
        "The equity of each UTC day by currency, as the view equity_daily has it",
        [
            Parameter("quote", .text, "Only the days of this currency."),
            .limit(dayCountMax, usually: usualDayCount), .cursor,
        ] + Parameter.moment
    ) { parameters, reading, cursor in
        let first = try cursor.place(parameters).map { place throws(Problem) in try day(place) }
        let last = try moment(parameters, reading.reader).lastSequence(reading.reader)
        let equity = try PerformanceReplay([reading.reader], asOf: .sequence(last)).dailyEquity()
        let countMax = Int(parameters.integer("limit") ?? usualDayCount)
        let rows: [DailyEquity.Row]
        do throws(DailyEquity.OutOfRange) {
            // One more shows whether another page follows.
            rows = try equity.rows(of: parameters["quote"].map { ByteText($0) }, from: first, rowCountMax: countMax + 1)
        } catch {
            throw Problem(.internalError, error.reason)
        }
        var list = ListWriter(countMax: countMax)
        for row in rows {
            if list.isFull { return list.answer(at: last, next: cursor.text(place(of: row))) }
            list.append(Record(row))
        }
        return list.answer(at: last)
    }

    /// The place of a day in the list.
    private static func place(of row: DailyEquity.Row) -> [UInt8] {
        var place: [UInt8] = []
        place.appendLittleEndian(UInt64(row.day.day.daysSince1970))
        return place + row.quote.bytes
    }

    /// The day of a place.
    private static func day(_ place: [UInt8]) throws(Problem) -> (quote: ByteText, day: CalendarDay) {
        guard place.count >= 8, let days = Int(exactly: place.littleEndian64(at: 0)) else {
            throw Problem(.notFound, "the cursor names no day")
        }
        return (ByteText(place[8...]), CalendarDay(daysSince1970: days))
    }
}

extension PerformanceQuery {
    /// The query that parameters ask for; nil where no moment is in its period.
    fileprivate init?(_ parameters: Parameters) {
        let (since, until) = (parameters.time("since"), parameters.time("until"))
        if let since, let until, until <= since { return nil }
        self.init(
            by: parameters["by"].flatMap { Grouping(rawValue: $0) },
            since: since,
            until: until,
            base: parameters["base"],
            capital: parameters.decimal("capital"),
            isMarked: parameters.flag("marked"),
            convention: parameters["convention"].flatMap { Convention(rawValue: $0) } ?? .textbook
        )
    }
}
