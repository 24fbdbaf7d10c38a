import Ledger
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Replay
import Replication
import Testing

/// Changes that somebody made to a database, and how an audit reports them.
struct Tampering: Sendable {
    let name: String
    let sql: String
    /// Check, first difference in words, and each difference in the form of `AuditDifference.told`.
    let findings: [ExpectedProblem]

    struct ExpectedProblem: Equatable, Sendable {
        let check: String
        let first: String
        let differences: [String]
    }

    init(_ name: String, _ sql: String, _ findings: (check: String, first: String, differences: [String])...) {
        self.name = name
        self.sql = sql
        self.findings = findings.map { ExpectedProblem(check: $0.check, first: $0.first, differences: $0.differences) }
    }

    /// In a database with five batches of 100 events, of which trade-1 has some of the first.
    static let all: [Tampering] = events + checkpoints + position + trades

    private static let eventColumns = """
        ledger_id, sequence, recorded_at, format, event_id, type, trade_id, occurred_at, correlation_id, symbol, quote,
        side, order_type, amount, price, fee_cost, fee_currency, fee_quote_cost, dust, kind, cost, strategy, account,
        venue, exchange_order_id, fill_id, reason, actor, context
        """

    /// Adds a copy of a row with another value of one column.
    private static func copy(of sequence: Int, _ column: String, _ value: String) -> String {
        let values = eventColumns.split { ", \n".contains($0) }.map { $0 == column ? value : String($0) }
        return "INSERT INTO ledger.trade_events (\(eventColumns)) SELECT \(values.joined(separator: ", ")) "
            + "FROM ledger.trade_events WHERE sequence = \(sequence)"
    }

    private static let events = [
        Tampering(
            "events altered in two ways",
            """
            UPDATE ledger.trade_events SET actor = 'x' WHERE sequence IN (17, 20, 21, 22, 23, 60);
            UPDATE ledger.trade_events SET correlation_id = 'y', actor = 'z' WHERE sequence BETWEEN 300 AND 310
            """,
            (
                "database events", "event 17 differs in actor",
                ["altered (actor) 17, 20..23, 60", "altered (correlation_id, actor) 300..310"]
            )
        ),
        Tampering(
            "a context altered",
            "UPDATE ledger.trade_events SET context = '{}' WHERE sequence = 1",
            ("database events", "event 1 differs in context", ["altered (context) 1"])
        ),
        Tampering(
            "a decimal written with more digits",
            "UPDATE ledger.trade_events SET price = price * 1.0 WHERE sequence = 1",
            ("database events", "event 1 differs in price", ["altered (price) 1"])
        ),
        Tampering(
            "an event recorded at another time",
            "UPDATE ledger.trade_events SET recorded_at = recorded_at + interval '1 hour' WHERE sequence = 5",
            ("database events", "event 5 differs in recorded_at", ["altered (recorded_at) 5"])
        ),
        Tampering(
            "events missing",
            """
            DELETE FROM ledger.trade_events
            WHERE sequence IN (7, 9) OR sequence BETWEEN 150 AND 250 OR sequence > 490
            """,
            ("database events", "event 7 is missing", ["missing 7, 9, 150..250, 491..500"])
        ),
        Tampering(
            "an event there twice",
            copy(of: 7, "recorded_at", "recorded_at - interval '1 day'"),
            ("database events", "event 7 is there 2 times", ["doubled 7"])
        ),
        Tampering(
            "an event behind the position",
            copy(of: 7, "sequence", "999"),
            ("database events", "event 999 does not belong", ["added 999"])
        ),
        Tampering(
            "an event before the first",
            copy(of: 7, "sequence", "-9223372036854775808") + ";" + copy(of: 7, "sequence", "0"),
            ("database events", "event -9223372036854775808 does not belong", ["added -9223372036854775808, 0"])
        ),
        Tampering(
            "an event moved to another sequence",
            "UPDATE ledger.trade_events SET sequence = 501 WHERE sequence = 100",
            ("database events", "event 100 is missing", ["missing 100", "added 501"])
        ),
        Tampering(
            "all events gone",
            "TRUNCATE ledger.trade_events",
            ("database events", "event 1 is missing", ["missing 1..500"])
        ),
    ]

    private static let checkpoints = [
        Tampering(
            "a checkpoint altered",
            "UPDATE ledger.checkpoints SET root = sha256('') WHERE sequence IN (200, 400)",
            ("database roots", "the root at 200 is not that of the log", ["altered (root) 200, 400"])
        ),
        Tampering(
            "the last checkpoint missing",
            "DELETE FROM ledger.checkpoints WHERE sequence = 500",
            ("database roots", "the checkpoint at 500 is missing", ["missing 500"])
        ),
        Tampering(
            "a checkpoint added between others",
            "INSERT INTO ledger.checkpoints (ledger_id, sequence, first_sequence, root) "
                + "SELECT ledger_id, 250, 201, root FROM ledger.checkpoints WHERE sequence = 300",
            ("database roots", "the checkpoint at 250 does not belong", ["added 250"])
        ),
        Tampering(
            "a checkpoint added behind the position",
            "INSERT INTO ledger.checkpoints (ledger_id, sequence, first_sequence, root) "
                + "SELECT ledger_id, 700, 501, root FROM ledger.checkpoints WHERE sequence = 500",
            ("database roots", "the checkpoint at 700 does not belong", ["added 700"])
        ),
        Tampering(
            "a checkpoint that begins elsewhere",
            "UPDATE ledger.checkpoints SET first_sequence = 150 WHERE sequence = 300",
            (
                "database roots", "the checkpoint at 300 does not begin where the one before it ends",
                ["altered (first_sequence) 300"]
            )
        ),
        Tampering(
            "a checkpoint missing between others",
            "DELETE FROM ledger.checkpoints WHERE sequence IN (100, 300, 400)",
            ("database roots", "the checkpoint at 100 is missing", ["missing 100, 400"])
        ),
        Tampering(
            "all checkpoints gone",
            "DELETE FROM ledger.checkpoints",
            ("database roots", "the checkpoint at 500 is missing", ["missing 500"])
        ),
    ]

    private static let position = [
        Tampering(
            "the position's root altered",
            "UPDATE ledger.replication SET root = sha256('')",
            ("database position", "the row of ledger.replication differs in root", [])
        ),
        Tampering(
            "the position's time altered",
            "UPDATE ledger.replication SET last_recorded_at = 'infinity'",
            ("database position", "the row of ledger.replication differs in last_recorded_at", [])
        ),
        Tampering(
            "the projections made by another version of the fold",
            "UPDATE ledger.replication SET projection_version = 0",
            (
                "database position",
                "the row of ledger.replication differs in projection_version; run `tradeledger rebuild`", []
            )
        ),
        Tampering(
            "the position set back",
            "UPDATE ledger.replication SET last_sequence = 99",
            ("database position", "the row of ledger.replication differs in last_sequence", [])
        ),
        Tampering(
            "the position set ahead",
            "UPDATE ledger.replication SET last_sequence = 9223372036854775807",
            ("database position", "the row of ledger.replication differs in last_sequence", [])
        ),
        Tampering(
            "the position gone",
            "DELETE FROM ledger.replication",
            ("database position", "the row of ledger.replication is missing; it should be at 500", [])
        ),
        Tampering(
            "position and checkpoints gone",
            (["ledger.replication", "ledger.checkpoints"] + ProjectionList.tables).map { "DELETE FROM \($0)" }
                .joined(separator: "; "),
            ("database events", "event 1 does not belong", ["added 1..500"]),
            ("database position", "the row of ledger.replication is missing; it should be at 0", [])
        ),
    ]

    private static let trades = [
        Tampering(
            "trades altered in two ways",
            """
            UPDATE ledger.trades SET fees = fees + 1 WHERE trade_id IN ('trade-1', 'trade-2');
            UPDATE ledger.trades SET id = -1, reason = 'x' WHERE trade_id = 'trade-3'
            """,
            (
                "database trades", "trade trade-1 differs in fees",
                ["altered (fees) trade-1, trade-2", "altered (id, reason) trade-3"]
            )
        ),
        Tampering(
            "a trade under another id",
            "UPDATE ledger.trades SET trade_id = 'x' WHERE trade_id = 'trade-1'",
            ("database trades", "trade trade-1 is missing", ["missing trade-1", "added x"])
        ),
        Tampering(
            "a trade missing",
            "DELETE FROM ledger.trades WHERE trade_id = 'trade-1'",
            ("database trades", "trade trade-1 is missing", ["missing trade-1"])
        ),
    ]
}

@Suite(.needsServer) struct `An audit of a database` {
    @Test(arguments: TestServer.all)
    func `names everything that another program changed`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.shipFiveBatches()
            try ledger.expectEqual()
            try ledger.keepTables()
            for tampering in Tampering.all {
                try ledger.execute(tampering.sql)
                let checks = try DatabaseAudit(ledger.reader, ledger.address).run { _ in }.filter { $0.problem != nil }
                #expect(checks.map(\.name) == tampering.findings.map(\.check), "\(tampering.name)")
                for (check, finding) in zip(checks, tampering.findings) {
                    let problem = check.problem ?? ""
                    #expect(problem.hasPrefix(finding.first), "\(tampering.name): \(problem)")
                    #expect(check.differences.map(\.told) == finding.differences, "\(tampering.name)")
                }
                try ledger.bringBackTables()
            }
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `says that the database does not know the ledger`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            let problems = try ledger.problems()
            #expect(problems.count == 1 && problems[0].contains("does not know ledger"))
        }
    }

    @Test(arguments: TestServer.all)
    func `lists the rows of every sequence in runs, in order, without a limit`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.shipFiveBatches()
            try ledger.execute("UPDATE ledger.trade_events SET actor = 'x' WHERE sequence % 3 < 2")
            let checks = try DatabaseAudit(ledger.reader, ledger.address).run { _ in }
            let difference = try #require(checks.first { $0.name == "database events" }?.differences.first)
            #expect(difference.sequences.ranges == [1...1] + (1...166).map { (3 * $0)...min(500, 3 * $0 + 1) })
            #expect(difference.count == 333)
            #expect(difference.told.hasSuffix("27..28 and 314 more in 157 ranges"), "\(difference.told)")
        }
    }
}

extension ReplicatedLedger {
    /// Fills log and database with five batches of 100 events of trades; returns the generator of the next events.
    @discardableResult
    func shipFiveBatches() throws -> EventGenerator {
        var generator = EventGenerator(seed: 41, families: .trade)
        for _ in 0..<5 {
            try append(&generator, count: 100)
            try ship()
        }
        return generator
    }
}
