internal import Ledger
internal import Projections
internal import Records
internal import Replay
internal import TradeModel

extension ReadRoutes {
    private static let rowCountMax: UInt64 = 1000
    private static let usualRowCount: UInt64 = 100
    private static let page: [Parameter] =
        [.limit(rowCountMax, usually: usualRowCount), .cursor] + Parameter.moment

    static let decisions = route(
        "/v1/decisions",
        "The decisions with what their trades brought, in the order in which they were made",
        [
            Parameter("action", .text, "Only decisions to do this, such as buy or hold."),
            Parameter("status", .choice(DecisionRow.statuses), "Only decisions of this status."),
            Parameter("symbol", .text, "Only decisions on this symbol."),
            Parameter("strategy", .text, "Only decisions of this strategy."),
            Parameter("since", .time, "Only decisions made at this time or later."),
            Parameter("until", .time, "Only decisions made before this time."),
        ] + page
    ) { parameters, reading, cursor in
        let made = TimeRange(parameters, since: "since", until: "until")
        let names = ["action", "symbol", "strategy"].map { ($0, $0) }
        let filter = RowFilter(DecisionRow.columns, parameters, names)
        let isOfStatus = RowFilter(DecisionRow.columns, parameters, [("status", "status")])
        return try list(
            parameters,
            reading,
            cursor,
            DecisionRow.columns,
            where: { made.includes($0.madeAt) && filter.includes($0) },
            isOfStatus.includes
        ) { try completed($0, at: $1, reading, moment(parameters, reading.reader)) }
    }

    static let predictions = route(
        "/v1/predictions",
        "The predictions with what came true, in the order in which they were made",
        [
            Parameter("model", .text, "Only predictions of this model."),
            Parameter("model_version", .text, "Only predictions of this version."),
            Parameter("symbol", .text, "Only predictions on this symbol."),
            Parameter("target", .text, "Only predictions of this target, such as close."),
            Parameter("decision", .text, "Only predictions for this decision."),
            Parameter(
                "resolved",
                .flag,
                "Only predictions of which it is known what came true (true), or not known yet (false)."
            ),
            Parameter("since", .time, "Only predictions made at this time or later."),
            Parameter("until", .time, "Only predictions made before this time."),
        ] + page
    ) { parameters, reading, cursor in
        let made = TimeRange(parameters, since: "since", until: "until")
        let names = ["model", "model_version", "symbol", "target"].map { ($0, $0) }
        let filter = RowFilter(PredictionRow.columns, parameters, names + [("decision_id", "decision")])
        let isResolved = parameters["resolved"] == nil ? nil : parameters.flag("resolved")
        return try list(
            parameters,
            reading,
            cursor,
            PredictionRow.columns,
            where: { made.includes($0.madeAt) && filter.includes($0) },
            { isResolved == nil || $0.isResolved == isResolved }
        )
    }

    static let alerts = route(
        "/v1/alerts",
        "The alerts, in the order in which they were raised",
        [
            Parameter("status", .choice(AlertRow.statuses), "Only alerts of this status."),
            Parameter("severity", .choice(Field.severity.kind.choices ?? []), "Only alerts of this severity."),
            Parameter("category", .text, "Only alerts of this category."),
            Parameter("symbol", .text, "Only alerts about this symbol."),
            Parameter("order", .text, "Only alerts about this order."),
            Parameter("strategy", .text, "Only alerts about this strategy."),
            Parameter("since", .time, "Only alerts raised at this time or later."),
            Parameter("until", .time, "Only alerts raised before this time."),
        ] + page
    ) { parameters, reading, cursor in
        let raised = TimeRange(parameters, since: "since", until: "until")
        let names = ["severity", "category", "symbol", "strategy"].map { ($0, $0) }
        let filter = RowFilter(AlertRow.columns, parameters, names + [("order_id", "order")])
        let isOfStatus = RowFilter(AlertRow.columns, parameters, [("status", "status")])
        return try list(
            parameters,
            reading,
            cursor,
            AlertRow.columns,
            where: { raised.includes($0.raisedAt) && filter.includes($0) },
            isOfStatus.includes
        )
    }

    /// A page of rows; `complete` adds what they have of other subjects at a sequence.
    private static func list<Row: SubjectRow>(
        _ parameters: Parameters,
        _ reading: Reading,
        _ cursor: PageCursor,
        _ columns: [Column<Row>],
        where isCandidate: (Row) -> Bool,
        _ isWanted: (Row) -> Bool,
        _ complete: ([Row], UInt64) throws -> [Row] = { rows, _ in rows }
    ) throws -> Answer {
        let last = try moment(parameters, reading.reader).lastSequence(reading.reader)
        let countMax = Int(parameters.integer("limit") ?? usualRowCount)
        let query = SubjectPageQuery(
            from: try cursor.number(parameters) ?? 1,
            upTo: last,
            rowCountMax: countMax,
            isSelective: ["status", "resolved"].contains { parameters[$0] != nil }
        )
        let page: SubjectPage<Row> = try BooksReplay(reading.reader).page(query, where: isCandidate, isWanted)
        let printed = columns.filter(\.isPrinted)
        var list = ListWriter(countMax: countMax)
        var next = page.next
        for row in try complete(page.rows, last) {
            if list.isFull {
                next = row.firstSequence
                break
            }
            list.append(row, printed)
        }
        return list.answer(at: last, next: next.map { cursor.text($0) })
    }

    /// Decisions with what their trades have brought.
    private static func completed(
        _ rows: [DecisionRow],
        at last: UInt64,
        _ reading: Reading,
        _ moment: Moment
    ) throws -> [DecisionRow] {
        guard !rows.isEmpty else { return [] }
        let ids = Set(rows.map(\.id))
        let outcomes =
            if moment == .now, reading.live.waits(for: last) {
                reading.live.read { $0.books.outcomes.rows(ofDecisions: ids) }
            } else {
                try BooksReplay(reading.reader).books(asOf: .sequence(last), keepingRecords: false).books.outcomes
                    .rows(ofDecisions: ids)
            }
        return rows.map { $0.with(outcomes[$0.id] ?? []) }
    }
}
