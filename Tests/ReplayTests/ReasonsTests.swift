import Ledger
import LedgerTestSupport
import Projections
import Replay
import Testing
import TradeModel

/// Decisions, predictions, strategies and alerts of random histories, against plain tables that share no code with the
/// folds: they read the events as dictionaries, and take only the P&L of each trade from the fold of trades.
@Suite struct `Why trades were made` {
    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func `is what the events say, whatever their order`(seed: UInt64) throws {
        let directory = TemporaryDirectory()
        try Ledger.create(in: directory.path)
        let ledger = try Ledger(opening: directory.path)
        var generator = EventGenerator(seed: seed)
        _ = try ledger.append(batch: (0..<1500).map { _ in try generator.next() })
        ledger.close()
        let reader = try LedgerReader(opening: directory.path)
        var expected = ReasonTables()
        var events = try reader.events()
        while let event = try events.next() { expected.take(event) }
        try expected.takeTrades(of: reader)

        let books = try BooksReplay(reader).books().books
        let records = try #require(books.records)
        let outcomes = books.outcomes.rowsByDecision
        let decisions = records.decisions.map { $0.with(outcomes[$0.id] ?? []) }
        #expect(try Self.texts(decisions, DecisionRow.columns, ReasonTables.decisionNames) == expected.decisionRows())
        #expect(
            try Self.texts(records.predictions, PredictionRow.columns, ReasonTables.predictionNames)
                == expected.predictionRows()
        )
        #expect(
            Self.texts(books.strategies.rows, StrategyRow.columns, ReasonTables.strategyNames)
                == expected.strategyRows
        )
        #expect(Self.texts(records.alerts, AlertRow.columns, ReasonTables.alertNames) == expected.alertRows)
        #expect(!decisions.isEmpty && !records.predictions.isEmpty && !records.alerts.isEmpty)
        #expect(decisions.contains { outcomes[$0.id] != nil })
    }

    private static func texts<Row>(_ rows: [Row], _ columns: [Column<Row>], _ names: [String]) -> [[String?]] {
        rows.map { row in names.map { name in columns.first { $0.name == name }?.value(row).text ?? nil } }
    }
}

/// Tables of the fields of events, by subject, in the order in which the subjects came.
private struct ReasonTables {
    private struct Subject {
        let id: String
        /// Each event as its fields, with its type, time and sequence.
        var events: [[String: String]] = []
    }

    private var subjects: [String: [Subject]] = [:]
    private var pnl: [String: (quote: String, pnl: Decimal, isVoided: Bool)] = [:]
    /// The trades that name a decision.
    private var trades: [String: Set<String>] = [:]

    mutating func take(_ event: Event) {
        let body = event.body
        var fields = ["type": body.type.name, "time": body.occurredAt.description, "sequence": "\(event.sequence)"]
        for field in Field.all { fields[field.name] = body.printed(field) }
        if body.type.isAboutTrade {
            if let decision = fields["decision_id"] { trades[decision, default: []].insert(body.subject) }
            return
        }
        let family = body.type.family.name
        let place = subjects[family, default: []].firstIndex { $0.id == body.subject }
        if place == nil { subjects[family, default: []].append(Subject(id: body.subject)) }
        let index = place ?? (subjects[family, default: []].count - 1)
        subjects[family]?[index].events.append(fields)
    }

    mutating func takeTrades(of reader: LedgerReader) throws {
        for history in try TradeReplay(reader).trades() {
            let trade = history.trade
            pnl[history.id] = (trade.quote, trade.figures.realizedPnL, trade.status == .voided)
        }
    }

    static let decisionNames = [
        "decision_id", "action", "strategy", "confidence", "status", "reason", "trades", "net_pnl", "last_sequence",
    ]

    func decisionRows() throws -> [[String?]] {
        try rows("decision") { id, events in
            let veto = events.first { $0["type"] == "decision.vetoed" }
            let results = (trades[id] ?? []).compactMap { pnl[$0] }.filter { !$0.isVoided }
            let quotes = Set(results.map(\.quote))
            let sum = try results.reduce(Decimal.zero) { try $0.adding($1.pnl) }
            return [
                id, events[0]["action"], events[0]["strategy"], events[0]["confidence"],
                veto == nil ? "made" : "vetoed", veto?["reason"] ?? events[0]["reason"], "\(results.count)",
                quotes.count == 1 ? sum.description : nil, events.last?["sequence"],
            ]
        }
    }

    static let predictionNames = [
        "prediction_id", "model", "model_version", "value", "label", "reference", "horizon_seconds", "resolved_at",
        "resolved_value", "resolved_label", "error", "correct",
    ]

    func predictionRows() throws -> [[String?]] {
        try rows("prediction") { id, events in
            let made = events[0]
            let end = events.count > 1 ? events[1] : nil
            return [
                id, made["model"], made["model_version"], made["value"], made["label"], made["reference"],
                made["horizon_seconds"], end?["time"], end?["value"], end?["label"], try Self.error(made, end),
                try Self.correct(made, end),
            ]
        }
    }

    private static func error(_ made: [String: String], _ end: [String: String]?) throws -> String? {
        guard let predicted = made["value"], let actual = end?["value"] else { return nil }
        return try Decimal(actual).subtracting(Decimal(predicted)).description
    }

    private static func correct(_ made: [String: String], _ end: [String: String]?) throws -> String? {
        guard let end else { return nil }
        if let predicted = made["label"], let actual = end["label"] { return "\(predicted == actual)" }
        guard let predicted = made["value"], let actual = end["value"], let reference = made["reference"] else {
            return nil
        }
        func side(_ text: String) throws -> [Bool] {
            let (value, level) = (try Decimal(text), try Decimal(reference))
            return [value < level, level < value]
        }
        return try "\(side(predicted) == side(actual))"
    }

    static let strategyNames = ["strategy", "strategy_version", "parameters", "active", "registered_at", "retired_at"]

    var strategyRows: [[String?]] {
        rows("strategy") { id, events in
            let registered = events.last { $0["type"] == "strategy.registered" }
            let isRetired = events.last?["type"] == "strategy.retired"
            return [
                id, registered?["strategy_version"], registered?["context"], "\(registered != nil && !isRetired)",
                registered?["time"], isRetired ? events.last?["time"] : nil,
            ]
        }
    }

    static let alertNames = ["alert_id", "severity", "title", "status", "raised_at", "acknowledged_by", "resolved_at"]

    var alertRows: [[String?]] {
        rows("alert") { id, events in
            let seen = events.first { $0["type"] == "alert.acknowledged" }
            let end = events.first { $0["type"] == "alert.resolved" }
            return [
                id, events[0]["severity"], events[0]["title"],
                end != nil ? "resolved" : seen != nil ? "acknowledged" : "raised", events[0]["time"], seen?["actor"],
                end?["time"],
            ]
        }
    }

    private func rows(
        _ family: String,
        _ row: (String, [[String: String]]) throws -> [String?]
    ) rethrows -> [[String?]] {
        try (subjects[family] ?? []).map { try row($0.id, $0.events) }
    }
}
