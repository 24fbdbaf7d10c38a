import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite(.needsServer) struct `A login that the database refuses` {
    /// The user of the URL, its password if it has one, and what the message has to say.
    private static let logins: [(user: String, password: String?, words: String)] = [
        ("guarded", nil, "password"), ("guarded", "s3cret-wrong", "password"),
        ("rejected", "s3cret", "pg_hba.conf"), ("unknown", nil, "unknown"), ("kept_out", nil, "permission denied"),
    ]

    @Test func `gives 78, because waiting does not help, and prints no password`() throws {
        try PrivateServer.with(.plain) { server in
            let directory = try #require(try server.value("SHOW data_directory"))
            try server.execute(
                "CREATE ROLE guarded LOGIN PASSWORD 's3cret'; CREATE ROLE rejected LOGIN; CREATE ROLE kept_out LOGIN"
            )
            try server.execute("CREATE DATABASE closed")
            try server.execute("REVOKE CONNECT ON DATABASE closed FROM PUBLIC")
            try server.execute(
                """
                COPY (SELECT unnest(ARRAY[
                    'local all guarded scram-sha-256', 'local all rejected reject', 'local all all trust'
                ])) TO '\(directory)/pg_hba.conf'
                """
            )
            try server.execute("SELECT pg_reload_conf()")
            try waitUntil("the rules hold") {
                try server.value("SELECT count(*) FROM pg_hba_file_rules WHERE user_name = '{guarded}'") == "1"
            }
            let ledger = try CommandLedger([EventText.opened("a")])
            let base = server.server.databaseURL("closed").replacing("&user=postgres", with: "")
            for login in Self.logins {
                let url = base + "&user=\(login.user)" + (login.password.map { "&password=\($0)" } ?? "")
                for command in [["migrate"], ["replicate"], ["replicate", "--once"], ["verify"], ["rebuild"]] {
                    let outcome = try ledger.start(command + ["--database", url], input: .bytes([])).finish()
                    #expect(outcome.ending == .exit(78), "\(login.user) \(command): \(outcome.stderr)")
                    #expect(outcome.stderr.contains(login.words), "\(login.user) \(command): \(outcome.stderr)")
                    #expect(!(outcome.stdout + outcome.stderr).contains("s3cret"))
                }
            }
        }
    }
}

@Suite(.needsServer) struct `migrate --require-timescaledb` {
    @Test(.enabled(if: ServerKind.tested.contains(.plain), "no server is without TimescaleDB"))
    func `changes nothing on a server without TimescaleDB`() throws {
        let server = try #require(TestServer.all.first { $0.kind == .plain })
        try server.withDatabase { url in
            let ledger = try CommandLedger()
            for more in [[], ["--plan"]] {
                let words = ["migrate", "--require-timescaledb", "--database", url] + more
                let outcome = try ledger.start(words, input: .bytes([])).finish()
                #expect(outcome.ending == .exit(78))
                #expect(outcome.stderr.contains("nothing was changed") && outcome.stderr.contains("shared_preload"))
            }
            var connection = try Connection(url: url, password: nil, applicationName: "tests")
            #expect(try connection.query("SELECT to_regnamespace('ledger')").text(row: 0, column: 0) == nil)
        }
    }
}

@Suite(.needsServer) struct `The lag without a database` {
    @Test(arguments: TestServer.all)
    func `comes from the files of the replicator`(server: TestServer) throws {
        try server.withReplicatedLedger { ledger, _ in
            try ledger.append([EventText.opened("x"), EventText.closed("x")])
            let status = try jsonObject(try #require(try ledger.run("status").lines.first))
            #expect(status["database"] == .null)
            guard case .object(let replicator)? = status["replicator"] else {
                Issue.record("the replicator has left a note")
                return
            }
            #expect(replicator["replicated_sequence"] == .integer(300))
            #expect(replicator["lag_events"] == .integer(2))
            #expect(replicator["lag_seconds"] != nil && replicator["lag_seconds"] != .null)
            // The next one does not reach the database.
            let unreachable = "postgresql://127.0.0.1:1/none"
            #expect(try ledger.run("replicate", "--once", "--database", unreachable).ending == .exit(69))
            let later = try jsonObject(try #require(try ledger.run("status").lines.first))
            guard case .object(let failed)? = later["replicator"] else {
                Issue.record("the replicator has left a note")
                return
            }
            #expect(failed["replicated_sequence"] == .integer(300) && failed["lag_events"] == .integer(2))
        }
    }
}
