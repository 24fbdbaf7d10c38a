import Glibc
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite(.needsServer, .serialized, .onOwnThread, .timeLimit(.minutes(30))) struct `A private server` {
    private func count(_ server: PrivateServer) throws -> String? { try server.value("SELECT count(*) FROM numbers") }

    @Test(arguments: ServerKind.tested)
    func `can be stopped, killed, frozen, configured and restored`(kind: ServerKind) throws {
        try PrivateServer.with(kind) { server in
            try server.execute("CREATE TABLE numbers AS SELECT generate_series(1, 100) AS number")
            try server.backUp(as: "hundred")
            try server.execute("INSERT INTO numbers VALUES (101)")
            for stop in [{ try server.stop() }, { try server.stop(.immediate) }, { try server.kill() }] {
                try stop()
                #expect(throws: PostgresError.self) { try count(server) }
                try server.start()
                #expect(try count(server) == "101")
            }
            try server.freeze()
            let url = server.server.url + "&connect_timeout=1"
            #expect(throws: PostgresError.self) {
                _ = try Connection(url: url, password: nil, applicationName: "OutageTests")
            }
            try server.thaw()
            #expect(try count(server) == "101")
            try server.set("default_transaction_read_only", to: "on")
            try waitUntil("it is read-only") { try server.value("SHOW default_transaction_read_only") == "on" }
            #expect(throws: PostgresError.self) { try server.execute("CREATE TABLE others (number bigint)") }
            try server.restore("hundred")
            #expect(try count(server) == "100")
        }
    }

    @Test(arguments: ServerKind.tested)
    func `has a standby that may miss the last commits`(kind: ServerKind) throws {
        try PrivateServer.with(kind) { primary in
            let standby = try PrivateServer(standbyOf: primary)
            try primary.execute("CREATE TABLE numbers AS SELECT generate_series(1, 100) AS number")
            try standby.waitUntilLevel(with: primary)
            #expect(try count(standby) == "100")
            #expect(throws: PostgresError.self) { try standby.execute("INSERT INTO numbers VALUES (1)") }
            try standby.stopReceiving()
            try primary.execute("INSERT INTO numbers VALUES (101)")
            try primary.kill()
            try standby.promote()
            try standby.execute("INSERT INTO numbers VALUES (102)")
            #expect(try standby.value("SELECT max(number) || ' ' || count(*) FROM numbers") == "102 101")
        }
    }

    @Test(.mounts(.tmpfs)) func `can be on a disk that fills up`() throws {
        let disk = try SmallDisk(.tmpfs, mebibyteCount: 160)
        let server = try PrivateServer(on: disk)
        var connection = try Connection(url: server.server.url, password: nil, applicationName: "OutageTests")
        try disk.fill()
        let statement = "CREATE TABLE numbers AS SELECT generate_series(1, 100000) AS number"
        let error = #expect(throws: PostgresError.self) { try connection.execute(statement) }
        #expect(error?.sqlState == "53100", "\(String(describing: error))")
        try disk.empty()
        try connection.execute(statement)
    }

    @Test func `is removed when the process that started it ends in any way`() async throws {
        let directory = TemporaryDirectory()
        let link = directory.path + "/server"
        await #expect(processExitsWith: .signal(SIGKILL)) { [link = link as String] in
            let server = try PrivateServer()
            guard unsafe symlink(server.directory, link) == 0, try server.value("SELECT 1") == "1" else { return }
            raise(SIGKILL)
        }
        // Follows the link; a link to nothing counts as missing.
        try waitUntil("the server is gone") { unsafe access(link, F_OK) != 0 }
    }
}
