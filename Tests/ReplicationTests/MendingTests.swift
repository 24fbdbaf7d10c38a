import Ledger
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Replay
import Replication
import Testing

@Suite(.needsServer) struct `A repair of a database` {
    @Test(arguments: TestServer.all)
    func `repairs everything that another program changed, and reports it`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.shipFiveBatches()
            for tampering in Tampering.all {
                try ledger.execute(tampering.sql)
                let mended = try ledger.mend()
                let rows = ["database events": "events", "database roots": "checkpoints", "database trades": "trades"]
                for finding in tampering.findings {
                    let name = rows[finding.check] ?? "position"
                    let told = mended.filter { $0.rows == name }.map(\.difference.told)
                    #expect(name == "position" ? told.count == 1 : told == finding.differences, "\(tampering.name)")
                }
                #expect(Set(mended.map(\.rows)).count == tampering.findings.count, "\(tampering.name)")
                #expect(try ledger.problems() == [], "\(tampering.name)")
                try ledger.ship()
            }
            try ledger.expectEqual()
            #expect(try ledger.mend().isEmpty)
        }
    }

    @Test(arguments: TestServer.all)
    func `repairs many differences at once, in any number of runs`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 46)
            try ledger.append(&generator, count: 5000)
            try ledger.ship()
            try ledger.execute(
                """
                DELETE FROM ledger.trade_events WHERE sequence % 4 = 0;
                UPDATE ledger.trade_events SET actor = 'x' WHERE sequence % 4 = 2;
                DELETE FROM ledger.trades WHERE first_sequence % 2 = 0;
                UPDATE ledger.replication SET last_recorded_at = NULL, projection_version = 7
                """
            )
            let mended = try ledger.mend()
            #expect(mended.map(\.rows) == ["events", "events", "trades", "position"])
            #expect(mended[0].difference.count == 1250 && mended[1].difference.count == 1250)
            try ledger.expectEqual()
        }
    }

    /// They belong to no log, and with them `migrate` cannot restore the keys.
    @Test(arguments: TestServer.all)
    func `deletes the rows of no ledger, and keeps their events in a file`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.shipFiveBatches()
            try ledger.execute(
                """
                ALTER TABLE ledger.trade_events DROP CONSTRAINT trade_events_pkey;
                ALTER TABLE ledger.trade_events ALTER ledger_id DROP NOT NULL;
                ALTER TABLE ledger.checkpoints DROP CONSTRAINT checkpoints_pkey;
                ALTER TABLE ledger.checkpoints ALTER ledger_id DROP NOT NULL;
                UPDATE ledger.trade_events SET ledger_id = NULL WHERE sequence = 7;
                UPDATE ledger.checkpoints SET ledger_id = NULL WHERE sequence > 200
                """
            )
            let outcome = try DatabaseRepair(ledger.reader, ledger.address).run { _ in }
            let rows = outcome.mended.first { $0.rows == "rows of no ledger" }
            #expect(rows?.difference.groups == ["ledger.trade_events (1)", "ledger.checkpoints (3)"])
            let name = try #require(outcome.removedRowsPath?.split(separator: "/").last)
            let kept = try ledger.directory.damaged(String(name)).bytes()
            #expect(String(decoding: kept, as: UTF8.self).contains(#""ledger_id":null,"sequence":7,"#))
            try ledger.migrate()
            #expect(try ledger.problems() == [])
        }
    }

    @Test(arguments: TestServer.all)
    func `leaves the position to a running replicator, which continues`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = try ledger.shipFiveBatches()
            try RunningReplicator.run(ledger) { replicator in
                replicator.waitUntilConnected()
                try ledger.execute("DELETE FROM ledger.trade_events WHERE sequence < 100")
                try ledger.append(&generator, count: 200)
                #expect(try ledger.mend().map(\.difference.told) == ["missing 1..99"])
                replicator.waitUntilShipped(700)
            }
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `needs the rights of the owner, and says which`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.shipFiveBatches()
            try ledger.withLogin(inRole: "ledger_writer") { address in
                let error = try #require(throws: ReplicationError.self) {
                    try DatabaseRepair(ledger.reader, address).run { _ in }
                }
                guard case .schema = error else { throw error }
                #expect(error.description.contains("no right to delete on ledger.checkpoints, delete on ledger.trade"))
                #expect(error.description.contains("use the login of the owner, postgres"))
            }
        }
    }

    @Test(arguments: TestServer.all)
    func `does not change a fork, also one in which rows were changed`(server: TestServer) throws {
        try server.withMigratedDatabase { url in
            let (original, copy) = try ReplicatedLedger.pair(url, copiedAt: 400)
            var generator = EventGenerator(seed: 47, families: .trade)
            try copy.append((0..<200).map { _ in generator.nextLine().replacing("trade-", with: "fork-") })
            for change in [
                "SELECT 1", "UPDATE ledger.trade_events SET actor = 'x' WHERE sequence = 10",
                "UPDATE ledger.replication SET root = sha256('')",
                "UPDATE ledger.replication SET root = kept.root FROM ledger.checkpoints AS kept WHERE sequence = 500",
                "DELETE FROM ledger.checkpoints WHERE sequence = 500",
            ] {
                try original.execute(change)
                let before = try original.rows("SELECT * FROM ledger.trade_events ORDER BY sequence")
                let error = try #require(throws: ReplicationError.self) { try copy.mend() }
                guard case .diverged = error else { throw error }
                #expect(error.description.contains("same root at 400 and other roots from 500 on (a fork)"))
                #expect(try original.rows("SELECT * FROM ledger.trade_events ORDER BY sequence") == before)
            }
            // Rows without the claimed root prove nothing; they are kept in a file.
            try original.execute("UPDATE ledger.trade_events SET actor = 'x' WHERE sequence = 450")
            let outcome = try DatabaseRepair(copy.reader, copy.address).run { _ in }
            #expect(outcome.left.compactMap(\.problem) == [])
            let path = try #require(outcome.removedRowsPath)
            #expect(try copy.directory.damaged(String(path.split(separator: "/").last ?? "")).bytes().count > 101 * 200)
            try copy.ship()
            try copy.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `does not change a database that is ahead`(server: TestServer) throws {
        try server.withMigratedDatabase { url in
            let (original, copy) = try ReplicatedLedger.pair(url, copiedAt: 400)
            let error = try #require(throws: ReplicationError.self) { try copy.mend() }
            #expect(error.description.contains("it holds events up to 500"))
            try original.execute("DELETE FROM ledger.replication")
            _ = try #require(throws: ReplicationError.self) { try copy.mend() }
            #expect(try original.mend().map(\.rows) == ["position"])
            try original.expectEqual()
        }
    }

    @Test(.enabled(if: TestServer.all.contains { $0.description == "timescaledb" }, "no server has TimescaleDB"))
    func `works on chunks that were turned into columns`() throws {
        let server = try #require(TestServer.all.first { $0.description == "timescaledb" })
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 48)
            try ledger.append(&generator, count: 6000)
            try ledger.ship()
            try ledger.execute(
                """
                ALTER TABLE ledger.trade_events SET (timescaledb.compress,
                    timescaledb.compress_segmentby = 'ledger_id', timescaledb.compress_orderby = 'sequence');
                SELECT compress_chunk(chunk) FROM show_chunks('ledger.trade_events') AS chunk
                """
            )
            #expect(try ledger.problems() == [])
            try ledger.execute("UPDATE ledger.trade_events SET actor = 'x' WHERE sequence BETWEEN 100 AND 4000")
            try ledger.execute("DELETE FROM ledger.trade_events WHERE sequence BETWEEN 3900 AND 5900")
            #expect(try ledger.mend().map(\.difference.told) == ["altered (actor) 100..3899", "missing 3900..5900"])
            try ledger.expectEqual()
        }
    }
}

extension ReplicatedLedger {
    /// A ledger with 500 events in its database, and a copy of its directory from when it had fewer.
    static func pair(_ url: String, copiedAt count: Int) throws -> (original: ReplicatedLedger, copy: ReplicatedLedger)
    {
        let original = try ReplicatedLedger(databaseURL: url)
        var generator = EventGenerator(seed: 41, families: .trade)
        for _ in 0..<(count / 100) {
            try original.append(&generator, count: 100)
            try original.ship()
        }
        let copy = try ReplicatedLedger(copyOf: original)
        try original.append(&generator, count: 500 - count)
        try original.ship()
        return (original, copy)
    }

    /// The result of a repair, after which only differences for `migrate` may be left.
    func mend() throws -> [DatabaseRepair.Mended] {
        let outcome = try DatabaseRepair(reader, address).run { _ in }
        #expect(outcome.left.filter { $0.name != "database schema" }.compactMap(\.problem) == [])
        return outcome.mended
    }
}
