import Glibc
import Ledger
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Projections
import Replication
import Synchronization
import Testing

@Suite(.needsServer) struct `A rebuild of the projections` {
    @Test(arguments: TestServer.all)
    func `replaces what differs and nothing else`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = try ledger.shipFiveBatches()
            try ledger.append(&generator, count: 50)
            let count = try #require(try ledger.value("SELECT count(*) FROM ledger.trades").flatMap(Int.init))
            try ledger.execute(
                """
                UPDATE ledger.trades SET fees = fees * 1.0 WHERE trade_id = 'trade-1';
                UPDATE ledger.trades SET trade_id = 'x' WHERE trade_id = 'trade-2';
                DELETE FROM ledger.trades WHERE trade_id = 'trade-3';
                UPDATE ledger.replication SET projection_version = 0
                """
            )
            let untouched = try ledger.rows("SELECT ctid FROM ledger.trades WHERE trade_id > 'trade-3' ORDER BY 1")
            let outcome = try ledger.rebuild()
            #expect(outcome.sequence == 500)
            #expect((outcome.deletedCount, outcome.insertedCount, outcome.equalCount) == (2, 3, count - 3))
            #expect(
                try ledger.rows(
                    "SELECT ctid FROM ledger.trades WHERE trade_id > 'trade-3' AND trade_id <> 'x' ORDER BY 1"
                ).count == untouched.count - 1
            )
            #expect(try ledger.problems() == [])
            #expect(try ledger.rebuild().equalCount == count)
            try ledger.ship()
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `shows readers the old rows or the new, and does not stop other ledgers`(server: TestServer) throws {
        try server.withMigratedDatabase { url in
            let ledger = try ReplicatedLedger(databaseURL: url)
            let other = try ReplicatedLedger(databaseURL: url, number: 1)
            try ledger.shipFiveBatches()
            let count = try #require(try ledger.value("SELECT count(*) FROM ledger.trades"))
            try ledger.execute("UPDATE ledger.trades SET market_regime = 'old', agent_votes = '[]'")
            let query = """
                SELECT count(*), count(*) FILTER (WHERE market_regime = 'old') FROM ledger.trades
                WHERE ledger_id = '\(ledger.ledger.ledgerID)'
                """
            let answers = try LoopingReader.answers(ledger, query) { reading in
                var generator = EventGenerator(seed: 45)
                let outcome = try ledger.rebuild { _ in
                    // The row of this ledger is held now.
                    try other.append(&generator, count: 100)
                    try other.ship()
                    reading.waitForAnswer()
                }
                #expect(outcome.deletedCount == Int(count) && outcome.insertedCount == Int(count))
            }
            #expect(answers == [[count, count], [count, "0"]])
            try ledger.expectEqual()
            try other.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `needs no more rights than replication does`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { owner in
            try owner.withLogin(inRole: "ledger_writer") { address in
                try owner.shipFiveBatches()
                try owner.execute("DELETE FROM ledger.trades")
                #expect(try ProjectionRebuild(owner.reader, address).run { _ in }.deletedCount == 0)
                try owner.expectEqual()
            }
        }
    }

    @Test(arguments: TestServer.all)
    func `is refused if the position of the database is not on this log`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            let unknown = try #require(throws: ReplicationError.self) { try ledger.rebuild() }
            #expect(unknown.description.contains("does not know ledger"))
            try ledger.shipFiveBatches()
            try ledger.execute("DELETE FROM ledger.trades")
            for (change, text) in [
                ("root = sha256('')", "another root than the log at 500"),
                ("last_sequence = 501", "holds 501 events"),
            ] {
                try ledger.execute("UPDATE ledger.replication SET \(change)")
                let error = try #require(throws: ReplicationError.self) { try ledger.rebuild() }
                guard case .diverged = error else { throw error }
                #expect(error.description.contains(text))
                #expect(try ledger.value("SELECT count(*) FROM ledger.trades") == "0")
            }
        }
    }
}

extension ReplicatedLedger {
    @discardableResult
    func rebuild(onProgress: (UInt64) throws -> Void = { _ in }) throws -> ProjectionRebuild.Outcome {
        try ProjectionRebuild(reader, address).run(onProgress: onProgress)
    }
}

/// Runs one query again and again on its own thread.
private final class LoopingReader: Sendable {
    private struct State {
        /// The answers, without consecutive repetitions.
        var answers: [[String?]] = []
        var answerCount = 0
        var isStopped = false
        var error: (any Error)?
    }

    private let state = Mutex(State())

    /// Queries while `body` runs, and returns the answers.
    static func answers(
        _ ledger: ReplicatedLedger,
        _ query: String,
        _ body: (LoopingReader) throws -> Void
    ) throws -> [[String?]] {
        let reader = LoopingReader()
        let thread = TestThread { reader.ask(ledger, query) }
        reader.waitForAnswer()
        let result = Result { try body(reader) }
        reader.waitForAnswer()
        reader.state.withLock { $0.isStopped = true }
        thread.join()
        try result.get()
        return try reader.state.withLock { state in
            if let error = state.error { throw error }
            return state.answers
        }
    }

    /// Returns once a query that started after the call has an answer.
    func waitForAnswer() {
        let count = state.withLock { $0.answerCount } + 2
        while state.withLock({ $0.answerCount < count && $0.error == nil }) { sched_yield() }
    }

    private func ask(_ ledger: ReplicatedLedger, _ query: String) {
        do {
            var connection = try ledger.connect()
            while !state.withLock({ $0.isStopped }) {
                let row = try connection.query(query)
                note((0..<row.columnCount).map { row.text(row: 0, column: $0) })
            }
        } catch {
            state.withLock { $0.error = error }
        }
    }

    private func note(_ answer: [String?]) {
        state.withLock { state in
            if state.answers.last != answer { state.answers.append(answer) }
            state.answerCount += 1
        }
    }
}
