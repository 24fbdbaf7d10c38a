import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite(.needsServer) struct `Commands that mend a database` {
    @Test(arguments: TestServer.all)
    func `verify names every row in JSON, and replicate --repair prints what it mended`(server: TestServer) throws {
        try server.withReplicatedLedger { ledger, url in
            try execute(
                url,
                """
                UPDATE ledger.trade_events SET actor = 'x' WHERE sequence IN (17, 20, 21);
                DELETE FROM ledger.trades WHERE trade_id = 'trade-1'
                """
            )
            let verify = try ledger.run("verify", "--database", url, "--format", "json")
            #expect(verify.ending == .exit(1))
            let checks = try verify.lines.map(jsonObject)
            #expect(
                checks.first { $0["check"]?.text == "database events" }?["differences"]
                    == .array([
                        .object([
                            "kind": .string("altered"), "count": .integer(3), "columns": .array([.string("actor")]),
                            "sequences": .array([
                                .array([.integer(17), .integer(17)]), .array([.integer(20), .integer(21)]),
                            ]),
                            "trade_ids": .array([]),
                        ])
                    ])
            )
            #expect(verify.stderr.contains("event 17 differs in actor; 3 differences: altered (actor) 17, 20..21"))
            #expect(verify.stderr.contains("trade trade-1 is missing"))
            let repair = try ledger.run("replicate", "--repair", "--once", "--database", url, "--format", "csv")
            #expect(repair.ending == .exit(0))
            #expect(
                repair.lines == [
                    "rows,kind,count,columns,which", #"events,altered,3,actor,"17, 20..21""#,
                    "trades,missing,1,,trade-1",
                ]
            )
            #expect(try ledger.run("verify", "--database", url).ending == .exit(0))
            let again = try ledger.run("replicate", "--repair", "--once", "--database", url)
            #expect(again.ending == .exit(0) && again.stdout.isEmpty)
            #expect(again.stderr.contains("the database has nothing to mend"))
        }
    }

    @Test(arguments: TestServer.all)
    func `rebuild prints what it replaced`(server: TestServer) throws {
        try server.withReplicatedLedger { ledger, url in
            try execute(
                url,
                """
                UPDATE ledger.trades SET fees = 0 WHERE trade_id = 'trade-1';
                DELETE FROM ledger.trades WHERE trade_id = 'trade-2'
                """
            )
            let rebuild = try ledger.run("rebuild", "--database", url)
            #expect(rebuild.ending == .exit(0))
            let record = try jsonObject(try #require(rebuild.lines.first))
            #expect(record["deleted"] == .integer(1) && record["inserted"] == .integer(2))
            #expect(record["sequence"] == .integer(300) && record["projection_version"] == .integer(1))
            #expect(try ledger.run("verify", "--database", url).ending == .exit(0))
            #expect(try ledger.run("rebuild").ending == .exit(78))
            #expect(try ledger.run("rebuild", "x", "--database", url).ending == .exit(64))
        }
    }

    private func execute(_ url: String, _ sql: String) throws {
        var connection = try Connection(url: url, password: nil, applicationName: "tests")
        try connection.execute(sql)
    }
}

extension TestServer {
    /// Runs `body` with a ledger of 300 events, all of them in a database of its own.
    func withReplicatedLedger(_ body: (CommandLedger, _ url: String) throws -> Void) throws {
        try withDatabase { url in
            let ledger = try CommandLedger(EventText.generated(300, seed: 61))
            for command in [["migrate"], ["replicate", "--once"]] {
                let outcome = try ledger.start(command + ["--database", url], input: .bytes([])).finish()
                try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
            }
            try body(ledger, url)
        }
    }
}
