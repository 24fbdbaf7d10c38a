import Ledger
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Replication
import Testing
import TradeModel

/// Claims about another ledger that a login can make that may only insert rows or move a position.
struct Claim: Sendable, CustomStringConvertible {
    let description: String
    let sql: String

    /// In a database with five batches of 100 events.
    static let all = [
        Claim("a row after the end", row(at: 501)),
        Claim("rows after the end, and a position that claims them", row(at: 501) + ";" + position(501)),
        Claim("a row far after the end, and a checkpoint there", row(at: 9_000_000) + ";" + checkpoint(9_000_000)),
        Claim("a checkpoint after the end", checkpoint(501)),
        Claim("a position after the end", position(1_000_000)),
        Claim("a position at the greatest sequence", position(.max)),
        Claim("another root at the position", "UPDATE ledger.replication SET root = sha256('x')"),
        Claim("a trade of an event after the end", trade),
    ]

    private init(_ description: String, _ sql: String) {
        (self.description, self.sql) = (description, sql)
    }

    private static func row(at sequence: Int64) -> String {
        """
        INSERT INTO ledger.trade_events
            (ledger_id, sequence, recorded_at, format, event_id, type, trade_id, occurred_at, symbol, side, order_type,
             amount, price)
        SELECT ledger_id, \(sequence), recorded_at + interval '1 hour', format, event_id, 'trade.opened', 'planted',
            occurred_at, 'X/Y', 'buy', 'market', 1, 1
        FROM ledger.trade_events WHERE sequence = 500
        """
    }

    private static func position(_ sequence: Int64) -> String {
        "UPDATE ledger.replication SET last_sequence = \(sequence), root = sha256('x')"
    }

    private static func checkpoint(_ sequence: Int64) -> String {
        "INSERT INTO ledger.checkpoints (ledger_id, sequence, root, first_sequence) "
            + "SELECT ledger_id, \(sequence), sha256('x'), 501 FROM ledger.checkpoints WHERE sequence = 500"
    }

    private static let trade = """
        CREATE TEMPORARY TABLE planted AS SELECT * FROM ledger.trades LIMIT 1;
        UPDATE planted SET trade_id = 'planted', id = id + 1000000, first_sequence = 600, last_sequence = 600;
        INSERT INTO ledger.trades TABLE planted
        """
}

@Suite(.needsServer) struct `A claim that nobody can prove` {
    private static let line =
        #"{"type":"trade.opened","trade_id":"new","occurred_at":1750000000000,"symbol":"A/B","side":"buy","#
        + #""order_type":"market","amount":1,"price":1}"#

    @Test(arguments: TestServer.all, Claim.all)
    func `stops no append, is reported, and is removed by replicate --repair`(server: TestServer, claim: Claim) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.shipFiveBatches()
            try ledger.execute(claim.sql)
            // A planted trade blocks no batch: only `verify` finds it.
            if claim.description.contains("trade") {
                try ledger.ship()
            } else {
                let error = try #require(throws: ReplicationError.self) { try ledger.ship() }
                guard case .diverged = error else { throw error }
                #expect(error.description.contains("tradeledger replicate --repair"), "\(error)")
                let status = try DivergenceReport(ledger.reader, ledger.address).problem()
                #expect(status == error.description)
            }
            #expect(try ledger.reader.log.databaseAheadMarker() == nil)
            #expect(try ledger.ledger.append(lines: [EventLine(Array(Self.line.utf8))])[0].get().sequence == 501)
            for view in ["trade_history", "trade_timeline"] {
                #expect(try ledger.value("SELECT count(*) FROM \(view) WHERE trade_id = 'planted'") == "0", "\(view)")
            }
            #expect(try ledger.problems() != [])
            #expect(try !ledger.mend().isEmpty)
            try ledger.ship()
            try ledger.expectEqual()
            #expect(try DivergenceReport(ledger.reader, ledger.address).problem() == nil)
        }
    }

    @Test(arguments: TestServer.all)
    func `is proven only by the events of the lost log`(server: TestServer) throws {
        try server.withMigratedDatabase { url in
            let (original, copy) = try ReplicatedLedger.pair(url, copiedAt: 400)
            try original.keepTables()
            // One of the events is different, so the rows do not have the root any more.
            try original.execute("UPDATE ledger.trade_events SET actor = 'x' WHERE sequence = 450")
            let unproven = try #require(throws: ReplicationError.self) { try copy.ship() }
            #expect(unproven.description.contains("cannot prove it: the root that is claimed at 500"), "\(unproven)")
            #expect(try copy.reader.log.databaseAheadMarker() == nil)
            try original.execute("DELETE FROM ledger.trade_events WHERE sequence = 430")
            let hole = try #require(throws: ReplicationError.self) { try copy.ship() }
            #expect(hole.description.contains("cannot prove it: event 430 is missing"), "\(hole)")
            #expect(try copy.reader.log.databaseAheadMarker() == nil)

            try original.bringBackTables()
            let proven = try #require(throws: ReplicationError.self) { try copy.ship() }
            #expect(proven.description.contains("the database is ahead of the log"), "\(proven)")
            #expect(try copy.reader.log.databaseAheadMarker()?.sequence == 500)
            _ = try #require(throws: ReplicationError.self) { try copy.mend() }
            try original.expectEqual()
        }
    }
}
