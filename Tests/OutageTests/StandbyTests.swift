import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite(.needsServer, .serialized, .onOwnThread, .timeLimit(.minutes(30))) struct `A standby` {
    /// A ledger whose database is on a primary that has a standby.
    private func withPair(
        _ kind: ServerKind,
        seed: UInt64,
        _ body: (OutageLedger, PrivateServer, PrivateServer) throws -> Void
    ) throws {
        let primary = try PrivateServer(kind)
        let standby = try PrivateServer(standbyOf: primary)
        try primary.server.makeDatabase("trades")
        let ledger = try OutageLedger(databaseURL: primary.server.databaseURL("trades"), seed: seed)
        try ledger.migrate()
        try body(ledger, primary, standby)
    }

    @Test(arguments: ServerKind.tested)
    func `that missed the last commits and was promoted gets them again`(kind: ServerKind) throws {
        try withPair(kind, seed: 134) { ledger, primary, standby in
            try ledger.append(300)
            try ledger.replicating(by: primary.url(orOf: standby, database: "trades")) { replicate in
                try ledger.waitUntilShipped()
                try standby.waitUntilLevel(with: primary)
                try standby.stopReceiving()
                try ledger.append(300)
                try ledger.waitUntilShipped()
                try primary.kill()
                try ledger.append(300)
                try replicate.waitForRetry()
                try standby.promote()
                ledger.databaseURL = standby.server.databaseURL("trades")
                try ledger.waitUntilShipped()
            }
            try ledger.expectEqual()
        }
    }

    @Test(arguments: ServerKind.tested)
    func `that is synchronous has every event that was acknowledged as replicated`(kind: ServerKind) throws {
        try withPair(kind, seed: 135) { ledger, primary, standby in
            try primary.set("synchronous_standby_names", to: "*")
            try waitUntil("the standby is synchronous") {
                try primary.value("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == "1"
            }
            try ledger.replicating(by: primary.url(orOf: standby, database: "trades")) { replicate in
                try ledger.append(200)
                try ledger.waitUntilShipped()
                try primary.kill()
                try standby.promote()
                ledger.databaseURL = standby.server.databaseURL("trades")
                let kept = try ledger.value("SELECT last_sequence FROM ledger.replication")
                #expect(kept == "200")
                try ledger.append(200)
                try ledger.waitUntilShipped()
            }
            try ledger.expectEqual()
        }
    }

    @Test(arguments: ServerKind.tested)
    func `that is synchronous and gone delays COMMIT, and no append`(kind: ServerKind) throws {
        try withPair(kind, seed: 136) { ledger, primary, standby in
            try primary.set("synchronous_standby_names", to: "*")
            try ledger.replicating { _ in
                try ledger.append(200)
                try ledger.waitUntilShipped()
                try standby.stop()
                try ledger.append(200)
                try waitUntil("a COMMIT waits for the standby") {
                    try primary.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") == "1"
                }
                try ledger.append(200)
                try standby.start()
                try ledger.waitUntilShipped()
            }
            try ledger.expectEqual()
        }
    }
}
