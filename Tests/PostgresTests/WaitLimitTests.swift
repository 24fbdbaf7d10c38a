import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

/// Waits for a server that a signal or a timeout ends.
///
/// The server sleeps for much longer than the tests may take.
@Suite(.needsServer, .timeLimit(.minutes(30))) struct `A wait for the server` {
    /// A statement that takes the server long.
    enum Work: String, CaseIterable {
        case statement, query, copyIn, copyOut, commit
    }

    private static let fuse = """
        CREATE TABLE slow (number bigint);
        CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_sleep(600); RETURN NULL; END';
        CREATE CONSTRAINT TRIGGER linger AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION linger();
        CREATE TABLE blocked (number bigint);
        CREATE TRIGGER linger BEFORE INSERT ON blocked FOR EACH ROW EXECUTE FUNCTION linger();
        """

    private func perform(_ work: Work, _ connection: inout Connection) throws {
        switch work {
        case .statement: try connection.execute("SELECT pg_sleep(600)")
        case .query: _ = try connection.query("SELECT pg_sleep($1)", [.int64(600)])
        case .copyIn:
            // More than the buffers on the way hold: the server stops reading at its first row.
            _ = try connection.copyIn("COPY blocked FROM STDIN (FORMAT binary)") { copy in
                for number in 0..<2_000_000 as Range<Int64> {
                    try copy.writeRow { row throws(PostgresError) in row.append(int64: number) }
                }
            }
        case .copyOut:
            try connection.copyOut("SELECT 1 UNION ALL SELECT 2 FROM pg_sleep(600)") { rows in
                while try rows.next() != nil {}
            }
        case .commit:
            try connection.withTransaction { connection in try connection.execute("INSERT INTO slow VALUES (1)") }
        }
    }

    @Test(arguments: Work.allCases)
    func `ends with the session once the server was silent for too long`(work: Work) throws {
        try TestServer.withDatabase { owner, url in
            try owner.execute(Self.fuse)
            var connection = try Connection(
                url: url,
                password: nil,
                applicationName: "PostgresTests",
                waitLimit: WaitLimit(stop: -1, silenceMilliseconds: 300)
            )
            let error = try #require(throws: PostgresError.self) { try perform(work, &connection) }
            #expect(error.kind == (work == .commit ? .commitOutcomeUnknown : .connectionLost))
            #expect(error.message == "the server has not answered for 300 ms")
            #expect(error.isRetryable)
            #expect(connection.isBroken == true)
        }
    }

    @Test(arguments: Work.allCases)
    func `ends with the session on request`(work: Work) throws {
        try TestServer.withDatabase { owner, url in
            try owner.execute(Self.fuse)
            let stop = WaitingPipe()
            var connection = try Connection(
                url: url,
                password: nil,
                applicationName: "PostgresTests",
                waitLimit: WaitLimit(stop: stop.readingEnd, silenceMilliseconds: nil)
            )
            let pid = try #require(try connection.query("SELECT pg_backend_pid()").int64(row: 0, column: 0))
            let watcher = TestThread {
                #expect(throws: Never.self) {
                    var watcher = try Connection(url: url, password: nil, applicationName: "PostgresTests")
                    let query = "SELECT wait_event = 'PgSleep' FROM pg_stat_activity WHERE pid = $1"
                    while try watcher.query(query, [.int64(pid)]).text(row: 0, column: 0) != "t" {}
                }
                stop.writeByte()
            }
            let error = try #require(throws: PostgresError.self) { try perform(work, &connection) }
            watcher.join()
            #expect(error.kind == .stopped)
            #expect(!error.isRetryable)
            #expect(connection.isBroken == true)
        }
    }

    @Test func `while connecting ends on request`() throws {
        let listener = try SilentListener()
        let stop = WaitingPipe()
        stop.writeByte()
        let error = try #require(throws: PostgresError.self) {
            _ = try Connection(
                url: "postgres://user@127.0.0.1:\(listener.port)/db?connect_timeout=0",
                password: nil,
                applicationName: "PostgresTests",
                waitLimit: WaitLimit(stop: stop.readingEnd, silenceMilliseconds: nil)
            )
        }
        #expect(error.kind == .stopped)
    }
}

@Suite(.needsServer, .timeLimit(.minutes(30))) struct `A connection string with several hosts` {
    @Test func `is tried to the end, with a timeout for each host`() throws {
        let listener = try SilentListener()
        let host = try TestServer.socketDirectory
        let other = "127.0.0.1,127.0.0.1,\(host)"
        let connection = try Connection(
            url: "host=\(other) port=1,\(listener.port),5432 user=postgres dbname=postgres connect_timeout=1",
            password: nil,
            applicationName: "PostgresTests"
        )
        #expect(connection.endpoint.contains(host))
    }

    @Test(arguments: ["read-write", "primary", "prefer-standby"])
    func `finds the host that the session needs`(attributes: String) throws {
        let host = try TestServer.socketDirectory
        let connection = try Connection(
            url: "host=127.0.0.1,\(host) port=1,5432 user=postgres dbname=postgres target_session_attrs=\(attributes)",
            password: nil,
            applicationName: "PostgresTests"
        )
        #expect(connection.endpoint.contains(host))
    }

    @Test func `names every host that refused, and may be retried`() throws {
        let host = try TestServer.socketDirectory
        let error = try #require(throws: PostgresError.self) {
            _ = try Connection(
                url: "host=127.0.0.1,\(host) port=1,5432 user=postgres dbname=absent_database",
                password: nil,
                applicationName: "PostgresTests"
            )
        }
        #expect(error.message.contains("127.0.0.1") && error.message.contains("absent_database"))
        #expect(error.isRetryable)
    }
}

extension TestServer {
    /// Where the first server's socket is.
    fileprivate static var socketDirectory: String {
        get throws {
            var connection = try Connection(url: first.url, password: nil, applicationName: "PostgresTests")
            let name = try connection.query("SHOW unix_socket_directories").text(row: 0, column: 0)
            return try #require(name)
        }
    }
}
