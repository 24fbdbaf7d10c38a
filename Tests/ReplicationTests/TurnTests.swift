import Ledger
import LedgerTestSupport
import PostgresTestSupport
import Replication
import Testing

@Suite(.needsServer, .timeLimit(.minutes(30))) struct `Two replicators of one ledger` {
    @Test(arguments: TestServer.all)
    func `take turns: one works, the other waits and says so`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 9)
            try RunningReplicator.run(ledger) { first in
                first.waitUntilConnected()
                try RunningReplicator.run(ledger) { second in
                    second.waitUntilWaitingForAnother()
                    try ledger.append(&generator, count: 20)
                    first.waitUntilShipped(20)
                    first.end()
                    try ledger.append(&generator, count: 20)
                    second.waitUntilShipped(40)
                }
            }
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `with --once wait until the first has done the work`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 10)
            try RunningReplicator.run(ledger) { first in
                first.waitUntilConnected()
                for round in 1...20 as ClosedRange<UInt64> {
                    try ledger.append(&generator, count: 20)
                    let reports = try ledger.ship()
                    #expect(try ledger.value("SELECT last_sequence FROM ledger.replication") == String(20 * round))
                    guard case .waitingForAnother(.some) = reports.first else {
                        Issue.record("\(reports)")
                        continue
                    }
                }
            }
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `on copies of its directory do not disturb each other`(server: TestServer) throws {
        try server.withMigratedDatabase { url in
            let ledgers = [try ReplicatedLedger(databaseURL: url), try ReplicatedLedger(databaseURL: url)]
            var generators = [EventGenerator(seed: 11), EventGenerator(seed: 11)]
            try RunningReplicator.run(ledgers[0]) { first in
                try RunningReplicator.run(ledgers[1]) { second in
                    first.waitUntilConnected()
                    second.waitUntilConnected()
                    for round in 1...20 {
                        for index in [0, 1] { try ledgers[index].append(&generators[index], count: 50) }
                        // The first one to send a batch stores it.
                        let sequence = "SELECT last_sequence FROM ledger.replication"
                        while try ledgers[0].value(sequence) != String(round * 50) {}
                    }
                }
            }
            for ledger in ledgers { try ledger.expectEqual() }
        }
    }
}
