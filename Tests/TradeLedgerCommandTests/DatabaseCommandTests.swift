import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite(.needsServer) struct `Commands that repair a database` {
    @Test(arguments: TestServer.all)
    func `show the name that the ledger has when a batch is stored`(server: TestServer) throws {
        try server.withReplicatedLedger { ledger, url in
            var connection = try Connection(url: url, password: nil, applicationName: "tests")
            let query = "SELECT name FROM ledger_status"
            #expect(try connection.query(query).text(row: 0, column: 0) == nil)
            try ledger.run("init", "--name", "paper 1")
            try ledger.append([EventText.opened("named")])
            try ledger.run("replicate", "--once", "--database", url)
            #expect(try connection.query(query).text(row: 0, column: 0) == "paper 1")
            let verified = try ledger.run("verify", "--database", url)
            #expect(verified.ending == .exit(0), "\(verified.stderr)")
        }
    }

    @Test(arguments: TestServer.all)
    func `verify names every row in JSON, and replicate --repair prints its repairs`(server: TestServer) throws {
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
                            "trade_ids": .array([]), "groups": .array([]),
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
            #expect(again.stderr.contains("there is nothing to repair in the database"))
        }
    }

    @Test(arguments: TestServer.all)
    func `replicate --repair ends with 1 while verify still finds a difference`(server: TestServer) throws {
        try server.withReplicatedLedger { ledger, url in
            try execute(
                url,
                """
                ALTER TABLE ledger.checkpoints DROP CONSTRAINT checkpoints_pkey;
                INSERT INTO ledger.checkpoints SELECT * FROM ledger.checkpoints WHERE sequence = 300
                """
            )
            let migrate = try ledger.run("migrate", "--database", url)
            #expect(migrate.ending == .exit(1), "\(migrate.stderr)")
            #expect(migrate.stderr.contains("tradeledger replicate --repair"), "\(migrate.stderr)")
            try execute(url, "CREATE TABLE ledger.extra (one integer)")
            for rows in ["checkpoints", ""] {
                let repair = try ledger.run("replicate", "--repair", "--once", "--database", url)
                #expect(repair.ending == .exit(1), "\(repair.stderr)")
                #expect(repair.stdout.contains(rows) && repair.stderr.contains("its schema is not the one"))
                #expect(repair.stderr.contains("ledger.extra does not belong: drop it"), "\(repair.stderr)")
            }
            try execute(url, "DROP TABLE ledger.extra")
            for command in [["migrate"], ["replicate", "--repair", "--once"], ["verify"]] {
                let outcome = try ledger.start(command + ["--database", url], input: .bytes([])).finish()
                #expect(outcome.ending == .exit(0), "\(command): \(outcome.stderr)")
            }
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
            #expect(record["sequence"] == .integer(300) && record["projection_version"] == .integer(15))
            #expect(try ledger.run("verify", "--database", url).ending == .exit(0))
            #expect(try ledger.run("rebuild").ending == .exit(78))
            #expect(try ledger.run("rebuild", "x", "--database", url).ending == .exit(64))
        }
    }

    @Test(arguments: TestServer.all)
    func `restore --from-database rebuilds the log and never overwrites one`(server: TestServer) throws {
        try server.withReplicatedLedger { ledger, url in
            let restore = ["restore", "--from-database", "--database", url, "--ledger"]
            func run(_ arguments: [String]) throws -> ChildProcess.Outcome {
                try ledger.start(restore + arguments, input: .bytes([])).finish()
            }
            let equal = try run([ledger.path])
            #expect(equal.ending == .exit(64) && equal.stderr.contains("already has ledger"))
            let copy = ledger.directory.path + "/copy"
            let restored = try run([copy])
            #expect(restored.ending == .exit(0))
            #expect(try jsonObject(try #require(restored.lines.first))["sequence"] == .integer(300))
            let own = try ledger.events()
            let others = try ledger.events("--ledger", copy)
            #expect(own == others)
            #expect(try ledger.run("verify", "--database", url, "--ledger", copy).ending == .exit(0))

            // The database continues, so the restored log is behind it.
            try ledger.append([EventText.opened("later")])
            #expect(try ledger.run("replicate", "--once", "--database", url).ending == .exit(0))
            let ahead = try ledger.run("replicate", "--once", "--database", url, "--ledger", copy)
            #expect(ahead.ending == .exit(1) && ahead.stderr.contains("the database is ahead of the log"))
            let append = try ledger.run("append", "--ledger", copy, input: EventText.opened("new") + "\n")
            #expect(append.ending == .exit(65) && append.stdout.contains("ledger_behind_database"))
            let status = try ledger.run("status", "--ledger", copy)
            #expect(status.ending == .exit(0) && status.stderr.contains("THE LEDGER ACCEPTS NO EVENTS"))
            let behind = try run([copy])
            #expect(behind.ending == .exit(64) && behind.stderr.contains("mv \(copy) \(copy).behind"))

            // With a second ledger, the command needs an id.
            let other = try CommandLedger()
            #expect(try other.run("replicate", "--once", "--database", url).ending == .exit(0))
            let several = try run([ledger.directory.path + "/third"])
            #expect(several.ending == .exit(64) && several.stderr.contains("--ledger-id"))
            let unknown = "01a1fde1-c8ea-7f70-95c1-090794f7b624"
            #expect(try run([ledger.directory.path + "/third", "--ledger-id", unknown]).ending == .exit(66))
            try execute(url, "UPDATE ledger.trade_events SET correlation_id = 'x' WHERE sequence = 7")
            let id = try #require(own.first?["ledger_id"]?.text)
            let changed = try run([ledger.directory.path + "/third", "--ledger-id", id])
            #expect(changed.ending == .exit(1) && changed.stderr.contains("the rows of events 1 to 300"))
        }
    }

    private func execute(_ url: String, _ sql: String) throws {
        var connection = try Connection(url: url, password: nil, applicationName: "tests")
        try connection.execute(sql)
    }
}

extension TestServer {
    /// Runs `body` with a ledger of 300 events, all of them in a new database.
    func withReplicatedLedger(_ body: (CommandLedger, _ url: String) throws -> Void) throws {
        try withMigratedDatabase { url in
            let ledger = try CommandLedger(EventText.generated(300, seed: 61))
            let outcome = try ledger.run("replicate", "--once", "--database", url)
            try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
            try body(ledger, url)
        }
    }
}
