import Ledger
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Replication
import Testing
import TradeModel

@Suite(.needsServer) struct `A log that is behind its database` {
    @Test(arguments: TestServer.all)
    func `accepts no event until it has caught up`(server: TestServer) throws {
        try server.withMigratedDatabase { url in
            let (original, copy) = try ReplicatedLedger.pair(url, copiedAt: 400)
            let error = try #require(throws: ReplicationError.self) { try copy.ship() }
            #expect(error.description.contains("400 events"))
            #expect(error.description.contains("500 events and root"))
            #expect(error.description.contains(original.directory.path))
            #expect(error.description.contains("tradeledger restore --from-database"))
            #expect(!error.description.contains("password"))

            let line =
                #"{"type":"trade.opened","trade_id":"new","occurred_at":1700000000001,"symbol":"A/B","side":"buy","#
                + #""order_type":"market","amount":1,"price":1}"#
            let rejection = try copy.rejection(line)
            #expect(rejection?.code == .ledgerBehindDatabase)
            #expect(rejection?.message.contains("holds 500 events of this ledger, the log held 400") == true)
            var kept: [RejectedEvent] = []
            try copy.reader.rejectedEvents { kept.append($0) }
            #expect(kept.map(\.code) == ["ledger_behind_database"])
            // A retry is answered, and a broken rule is reported first.
            let known = try #require(try copy.firstLine())
            #expect(try copy.rejection(known) == nil)
            #expect(try copy.rejection("{}")?.code == .missingField)

            // The marker outlives the writer.
            copy.ledger.close()
            let again = try Ledger(opening: copy.directory.path, clock: copy.clock.clock)
            #expect(again.append(lines: [EventLine(Array(line.utf8))]).count == 1)
            #expect(try copy.reader.durableSequence() == 400)

            // The database is rolled back too: now the log has all of its events.
            try original.execute(
                """
                DELETE FROM ledger.trade_events WHERE sequence > 400;
                DELETE FROM ledger.checkpoints WHERE sequence > 400;
                UPDATE ledger.replication SET last_sequence = 400, root = checkpoints.root
                FROM ledger.checkpoints WHERE checkpoints.sequence = 400
                """
            )
            _ = try copy.mend()
            try copy.ship()
            #expect(try again.append(lines: [EventLine(Array(line.utf8))])[0].get().sequence == 401)
            try copy.ship()
            try copy.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `is not reported as such if somebody moved the position`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.shipFiveBatches()
            try ledger.execute("UPDATE ledger.replication SET last_sequence = 700")
            _ = try #require(throws: ReplicationError.self) { try ledger.ship() }
            #expect(try ledger.reader.log.databaseAheadMarker() == nil)
            _ = try ledger.mend()
            try ledger.ship()
            try ledger.expectEqual()
        }
    }
}

@Suite(.needsServer) struct `Two logs that claim one ledger id` {
    @Test(arguments: TestServer.all, [true, false])
    func `are both named, with the last event that they share`(server: TestServer, isLogLonger: Bool) throws {
        try server.withMigratedDatabase { url in
            let (original, copy) = try ReplicatedLedger.pair(url, copiedAt: 400)
            var generator = EventGenerator(seed: 47, families: .trade)
            let count = isLogLonger ? 200 : 50
            try copy.append((0..<count).map { _ in generator.nextLine().replacing("trade-", with: "fork-") })
            let error = try #require(throws: ReplicationError.self) { try copy.ship() }
            guard case .diverged = error else { throw error }
            let shared = isLogLonger ? 500 : 450
            for text in [
                "equal up to 400 and differ in 401..\(shared)", copy.directory.path, "\(400 + count) events",
                original.directory.path, "500 events and root", "by tradeledger ", "nothing is shipped",
            ] { #expect(error.description.contains(text), "\(text) in \(error)") }
            #expect(try DivergenceReport(copy.reader, copy.address).problem() == error.description)
            #expect(try DivergenceReport(original.reader, original.address).problem() == nil)
            #expect(try copy.reader.log.databaseAheadMarker() == nil)
            try original.expectEqual()
        }
    }
}

extension ReplicatedLedger {
    /// Why a line is rejected; nil if it is accepted, or on record.
    fileprivate func rejection(_ line: String) throws -> Rejection? {
        switch ledger.append(lines: [EventLine(Array(line.utf8))])[0] {
        case .success: return nil
        case .failure(.rejected(let rejection)): return rejection
        case .failure(let error): throw error
        }
    }

    fileprivate func firstLine() throws -> String? {
        var stream = try reader.events(from: 1, to: 1)
        var line: [UInt8] = []
        guard let event = try stream.next() else { return nil }
        EventJSON.write(event, ledgerID: ledger.ledgerID, into: &line)
        return String(decoding: line.dropLast(), as: UTF8.self)
    }
}
