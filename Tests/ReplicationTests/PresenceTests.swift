import Glibc
import Ledger
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing
import TradeModel

@testable import Replication

@Suite struct `The note of a replicator` {
    private let time = Timestamp(microsecondsSince1970: 1_750_000_000_000_001)

    @Test(arguments: [
        ReplicatorNote.State.connecting, .shipping, .caughtUp, .waiting, .refused, .stopped, .failed,
    ])
    func `reads back the same`(state: ReplicatorNote.State) throws {
        let bare = ReplicatorNote(state: state, since: time, pid: 17)
        #expect(ReplicatorNote(bare.text) == bare)
        let whole = ReplicatorNote(
            state: state,
            since: time,
            pid: 17,
            endpoint: "database \"trades\" at host:5432",
            replicatedSequence: .max,
            attemptCount: 12,
            error: "the database cannot be reached: no; try again"
        )
        #expect(ReplicatorNote(whole.text) == whole)
    }

    @Test(arguments: ["", "state asleep\nsince 2026-01-01T00:00:00Z\npid 1\n", "state waiting\npid 1\n", "\u{0}\u{1}"])
    func `is ignored if it is incomplete`(text: String) {
        #expect(ReplicatorNote(text) == nil)
    }

    @Test func `keeps an error of several lines on one`() throws {
        let note = ReplicatorNote(state: .waiting, since: time, pid: 1, error: "one\ntwo\r\npid 99")
        let read = try #require(ReplicatorNote(note.text))
        #expect(read.error == "one two pid 99")
        #expect(read.pid == 1)
    }
}

@Suite(.needsServer, .timeLimit(.minutes(30))) struct `A running replicator` {
    private func note(_ ledger: ReplicatedLedger) throws -> ReplicatorNote {
        try #require(try ReplicatorNote.read(ledger.reader))
    }

    private func published(_ ledger: ReplicatedLedger) throws -> UInt64 {
        try ReplicatedWatermark(PosixStorage(directory: ledger.directory.path)).read()
    }

    @Test(arguments: TestServer.all)
    func `shows its state and the position of the database`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 91)
            #expect(try ReplicatorNote.read(ledger.reader) == nil)
            #expect(try ReplicatorLock.holder(ledger.reader) == .nobody)
            try RunningReplicator.run(ledger, .hasty) { replicator in
                try ledger.append(&generator, count: 100)
                replicator.waitUntilShipped(100)
                #expect(try ReplicatorLock.holder(ledger.reader) == .process(getpid()))
                let caughtUp = try note(ledger)
                #expect(caughtUp.state == .caughtUp && caughtUp.pid == getpid() && caughtUp.error == nil)
                #expect(try caughtUp.endpoint == ledger.connect().endpoint)
                #expect(try published(ledger) == 100)

                // The refusal lasts as long as the rule exists, and the note does not change.
                try ledger.execute("ALTER TABLE ledger.trade_events ADD CONSTRAINT rule CHECK (sequence < 150)")
                try ledger.append(&generator, count: 100)
                _ = replicator.waitForRetries(3)
                let refused = try note(ledger)
                #expect(refused.state == .refused && refused.attemptCount == 1)
                #expect(refused.error?.contains("refuses event 150") == true)
                #expect(refused.since >= caughtUp.since)
                #expect(try published(ledger) == 149)
                try ledger.execute("ALTER TABLE ledger.trade_events DROP CONSTRAINT rule")
                replicator.waitForRecoveries(1)
                replicator.waitUntilShipped(200)
                #expect(try note(ledger).state == .caughtUp)
            }
            #expect(try note(ledger).state == .stopped)
            #expect(try ReplicatorLock.holder(ledger.reader) == .nobody)
            #expect(try published(ledger) == 200)
        }
    }

    @Test(arguments: TestServer.all)
    func `notices at once that its idle session has ended`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try RunningReplicator.run(ledger, .hasty) { replicator in
                replicator.waitUntilConnected()
                for round in 1...3 {
                    let sessions = """
                        pg_stat_activity
                        WHERE application_name = 'tradeledger replicate' AND datname = current_database()
                            AND state = 'idle'
                        """
                    while try ledger.value("SELECT count(*) FROM \(sessions)") == "0" {}
                    try ledger.execute("SELECT pg_terminate_backend(pid) FROM \(sessions)")
                    // Nothing is appended: only the closed connection can tell.
                    replicator.waitForRecoveries(round)
                }
            }
        }
    }

    @Test func `in a directory that cannot be written to continues and says so once`() throws {
        let server = try #require(TestServer.all.first)
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 92)
            try ledger.append(&generator, count: 100)
            // A directory with the name of each file makes writing fail, for any user.
            for name in ["replicator.lock", "replicated", "replicator.tmp"] {
                try #require(unsafe mkdir("\(ledger.directory.path)/\(name)", 0o700) == 0)
            }
            let reports = try ledger.ship()
            let faults = reports.filter { if case .unseen = $0 { true } else { false } }
            #expect(faults.count == 1)
            try ledger.expectEqual()
        }
    }
}
