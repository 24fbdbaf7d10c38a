import LedgerSchema
import LedgerTestSupport
import PostgresTestSupport
import Replay
import Replication
import Testing

/// Every schema that a release may have left somewhere, with rows in it, and the newest one.
@Suite(.needsServer) struct `A database of an older schema` {
    @Test(arguments: TestServer.all)
    func `keeps every row and ends like a new database, whichever schema it had`(server: TestServer) throws {
        try ReplicatedLedger.migrating(server) { newest in
            try newest.append(HandmadeTrades.lines)
            try newest.ship()
            try newest.shipFiveBatches()
            for number in 1..<Schema.migrations.count {
                try server.withDatabase { url in
                    let older = OlderDatabase(of: newest, url)
                    // Every second one had TimescaleDB before its first rows; the others get it with rows in place.
                    let filled = try older.make(number, number.isMultiple(of: 2) ? server.kind : .plain)
                    _ = try older.migrate()
                    for (table, count) in filled {
                        #expect(try older.value("SELECT count(*) FROM ledger.\(table)") == count, "\(number): \(table)")
                    }
                    // The rows of a projection that the older schema had in another form or not at all.
                    if filled.keys.contains("replication") {
                        _ = try ProjectionRebuild(newest.reader, older.address).run { _ in }
                        let checks = try DatabaseAudit(newest.reader, older.address).run { _ in }
                        #expect(checks.compactMap(\.problem) == [], "from \(number)")
                        for view in try newest.rows(OlderDatabase.views).compactMap(\.first) {
                            let text = "SELECT string_agg(v::text, chr(10) ORDER BY v::text) FROM \(view ?? "") AS v"
                            #expect(try older.value(text) == newest.value(text), "from \(number): \(view ?? "")")
                        }
                    }
                }
            }
        }
    }
}
