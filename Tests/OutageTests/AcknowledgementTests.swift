import Glibc
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite(.needsServer, .serialized, .onOwnThread, .timeLimit(.minutes(30)))
struct `An acknowledgement that waits for the database` {
    @Test(arguments: TestServer.all)
    func `comes from append when the database has the event`(server: TestServer) throws {
        try server.withMigratedDatabase { url in
            let program = ChildProcess.builtProgram("tradeledger")
            let directory = TemporaryDirectory()
            let environment = ["TRADELEDGER_DIR": directory.path + "/ledger", "DATABASE_URL": url]
            func start(_ arguments: String...) throws -> ChildProcess {
                try ChildProcess(program, arguments, environment: environment, input: .pipe, lifetime: .ours)
            }
            #expect(try start("init").finish().ending == .exit(0))
            let replicate = try start("replicate")
            let append = try start("append", "--ack", "database", "--ack-timeout", "120")
            var generator = EventGenerator(seed: 161)
            for eventCount in 1...50 {
                try append.write(generator.nextLine() + "\n")
                let answer = try #require(try append.readLine())
                #expect(answer.contains(#""replicated":true"#), "\(answer)")
                #expect(try count(url) == "\(eventCount)")
            }
            #expect(try append.finish().ending == .exit(0))
            try replicate.send(SIGTERM)
            #expect(try replicate.finish().ending == .exit(0))
        }
    }

    @Test(arguments: ServerKind.tested)
    func `also waits for a synchronous standby, up to its deadline`(kind: ServerKind) throws {
        let primary = try PrivateServer(kind)
        let standby = try PrivateServer(standbyOf: primary)
        try primary.server.makeDatabase("trades")
        let ledger = try OutageLedger(databaseURL: primary.server.databaseURL("trades"), seed: 162)
        try ledger.migrate()
        try primary.set("synchronous_standby_names", to: "*")
        try ledger.replicating(by: primary.url(orOf: standby, database: "trades")) { _ in
            for _ in 0..<20 {
                try ledger.append(5)
                #expect(try ledger.isReplicated(within: .seconds(120)))
            }
            // Without its standby the primary answers no COMMIT: the event is durable here, and not yet in the
            // database.
            try standby.stop()
            try ledger.append(5)
            #expect(try !ledger.isReplicated(within: .milliseconds(100)))
            try standby.start()
            #expect(try ledger.isReplicated(within: .seconds(120)))
        }
        try ledger.expectEqual()
    }

    /// The number of events in a database.
    private func count(_ url: String) throws -> String? {
        var connection = try Connection(url: url, password: nil, applicationName: "outage tests")
        return try connection.query("SELECT count(*) FROM ledger.trade_events").text(row: 0, column: 0)
    }
}
