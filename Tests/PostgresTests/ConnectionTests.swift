import Postgres
import PostgresTestSupport
import Testing

@Suite struct `A connection that cannot be made` {
    @Test(arguments: [
        "postgres://user:pa@hunter2@host/db",
        "postgres://user:pa/hunter2@host/db",
        "postgres://user:hunter2%zz@host/db",
        "mysql://user:hunter2@host/db",
        "host=h password=two hunter2",
        "host=h pasword=hunter2",
        "host=h password='hunter2",
    ])
    func `does not quote a malformed URL`(url: String) throws {
        let error = try #require(throws: PostgresError.self) {
            _ = try Connection(url: url, password: nil, applicationName: "PostgresTests")
        }
        #expect(error.kind == .invalidArgument)
        #expect(!error.isRetryable)
        #expect(!String(reflecting: error).contains("hunter2"))
    }

    @Test(arguments: [
        "postgres://user:hunter2@host.invalid/db",
        "host=host.invalid user=user password=hunter2",
        "postgres://user:hunter2@%2Fnonexistent/db",
    ])
    func `names the host and no password`(url: String) throws {
        let error = try #require(throws: PostgresError.self) {
            _ = try Connection(url: url, password: "hunter2", applicationName: "PostgresTests")
        }
        #expect(error.kind == .connectionFailed)
        #expect(error.isRetryable)
        #expect(error.message.contains("host.invalid") || error.message.contains("/nonexistent"))
        #expect(!String(reflecting: error).contains("hunter2"))
    }

    @Test(.timeLimit(.minutes(30))) func `gives up on a server that does not answer`() throws {
        let listener = try SilentListener()
        let url = "postgres://user@127.0.0.1:\(listener.port)/db?connect_timeout=1"
        let error = try #require(throws: PostgresError.self) {
            _ = try Connection(url: url, password: nil, applicationName: "PostgresTests")
        }
        #expect(error.kind == .connectionFailed)
        #expect(error.isRetryable)
    }

    @Test(.needsServer) func `names a database that does not exist`() throws {
        let url = try TestServer.first.databaseURL("absent_database")
        let error = try #require(throws: PostgresError.self) {
            _ = try Connection(url: url, password: "hunter2", applicationName: "PostgresTests")
        }
        #expect(error.kind == .connectionFailed)
        #expect(error.sqlState == "3D000")
        #expect(error.message.hasSuffix("FATAL: database \"absent_database\" does not exist"))
        #expect(!error.isRetryable)
        #expect(!String(reflecting: error).contains("hunter2"))
    }

    @Test(
        .needsServer,
        .enabled("pg_hba.conf asks the role tradeledger_password for no password") {
            try TestServer.asksForPassword
        }
    )
    func `does not quote a wrong password`() throws {
        try TestServer.withDatabase { connection, url in
            let role = TestServer.passwordRole
            try connection.execute("DROP ROLE IF EXISTS \(role); CREATE ROLE \(role) LOGIN PASSWORD 'right'")
            let roleURL = "\(url)\(url.contains("?") ? "&" : "?")user=\(role)"
            let error = try #require(throws: PostgresError.self) {
                _ = try Connection(url: roleURL, password: "hunter2", applicationName: "PostgresTests")
            }
            #expect(error.kind == .connectionFailed)
            #expect(error.sqlState == "28P01")
            #expect(!error.isRetryable)
            #expect(!String(reflecting: error).contains("hunter2"))

            var login = try Connection(url: roleURL, password: "right", applicationName: "PostgresTests")
            #expect(try login.query("SELECT current_user").text(row: 0, column: 0) == role)
            // A password in the URL takes precedence over the separate one.
            #expect(throws: PostgresError.self) {
                _ = try Connection(
                    url: roleURL + "&password=hunter2",
                    password: "right",
                    applicationName: "PostgresTests"
                )
            }
        }
    }
}

@Suite(.needsServer) struct `A connection` {
    @Test func `describes its server and its login`() throws {
        try TestServer.withDatabase { connection, _ in
            #expect(connection.serverVersion >= 150_000)
            #expect(connection.isBroken == false)
            #expect(connection.socketDescriptor >= 0)
            let result = try connection.query(
                "SELECT current_database(), current_setting('application_name'), current_setting('client_encoding')"
            )
            let database = result.text(row: 0, column: 0)
            #expect(try connection.endpoint.hasPrefix("database \"\(#require(database))\" at "))
            #expect(result.text(row: 0, column: 1) == "PostgresTests")
            #expect(result.text(row: 0, column: 2) == "UTF8")
        }
    }

    @Test func `passes parameters of every kind`() throws {
        try TestServer.withDatabase { connection, _ in
            let sql = "SELECT $1::text, $2 - 1, $3, octet_length($3), $4::numeric"
            let parameters: [Parameter] = [.null, .int64(.min + 1), .bytes([0, 1, 92, 255]), .text("1.50")]
            try connection.prepare(
                name: "every_kind",
                sql: sql.replacing("$2", with: "$2::bigint").replacing("$3", with: "$3::bytea")
            )
            for isPrepared in [false, true] {
                let row =
                    isPrepared
                    ? try connection.queryPrepared("every_kind", parameters)
                    : try connection.query(sql, parameters)
                #expect(row.text(row: 0, column: 0) == nil)
                #expect(try row.int64(row: 0, column: 1) == .min)
                #expect(row.bytes(row: 0, column: 2) == [0, 1, 92, 255])
                #expect(try row.int64(row: 0, column: 3) == 4)
                #expect(row.text(row: 0, column: 4) == "1.50")
                #expect(throws: PostgresError.self) { _ = try row.int64(row: 0, column: 4) }
            }
        }
    }

    @Test func `counts the rows that a statement changed`() throws {
        try TestServer.withDatabase { connection, _ in
            try connection.execute("CREATE TABLE numbers (number bigint)")
            let inserted = try connection.query("INSERT INTO numbers SELECT generate_series(1, 5)")
            #expect(inserted.affectedRowCount == 5)
            #expect(try connection.query("UPDATE numbers SET number = 0 WHERE number > 3").affectedRowCount == 2)
        }
    }

    @Test func `reports the code and the message of the server`() throws {
        try TestServer.withDatabase { connection, _ in
            let error = try #require(throws: PostgresError.self) { try connection.execute("SELECT * FROM absent") }
            #expect(error.kind == .server)
            #expect(error.sqlState == "42P01")
            #expect(error.message == "relation \"absent\" does not exist")
            let refused = try #require(throws: PostgresError.self) {
                _ = try connection.query("SELECT $1::bigint", [.text("secret amount")])
            }
            #expect(refused.sqlState == "22P02")
            #expect(!refused.description.contains("secret amount"))
            #expect(refused.debugDescription.contains("secret amount"))
            let cut = try #require(throws: PostgresError.self) {
                _ = try connection.query("SELECT $1", [.text("a\0b")])
            }
            #expect(cut.kind == .invalidArgument)
            #expect(try connection.query("SELECT 7").int64(row: 0, column: 0) == 7)
            #expect(throws: PostgresError.self) { try connection.execute("COPY (SELECT 1) TO STDOUT") }
            #expect(connection.isBroken == true)
        }
    }

    @Test func `that the server ends is lost and may be retried`() throws {
        try TestServer.withDatabase { connection, url in
            let pid = try connection.query("SELECT pg_backend_pid()").int64(row: 0, column: 0)
            var killer = try Connection(url: url, password: nil, applicationName: "PostgresTests")
            _ = try killer.query("SELECT pg_terminate_backend($1::int, 10000)", [.int64(#require(pid))])
            let error = try #require(throws: PostgresError.self) { _ = try connection.query("SELECT 1") }
            #expect(error.kind == .connectionLost)
            #expect(error.isRetryable)
            #expect(connection.isBroken == true)
        }
    }

    @Test func `that ends during a COPY is lost`() throws {
        try TestServer.withDatabase { connection, url in
            try connection.execute("CREATE TABLE numbers (number bigint)")
            let pid = try #require(try connection.query("SELECT pg_backend_pid()").int64(row: 0, column: 0))
            let error = try #require(throws: PostgresError.self) {
                _ = try connection.copyIn("COPY numbers FROM STDIN (FORMAT binary)") { copy in
                    var killer = try Connection(url: url, password: nil, applicationName: "PostgresTests")
                    _ = try killer.query("SELECT pg_terminate_backend($1::int, 10000)", [.int64(pid)])
                    for number in 0..<200_000 as Range<Int64> {
                        try copy.writeRow { row throws(PostgresError) in row.append(int64: number) }
                    }
                }
            }
            #expect(error.kind == .connectionLost)
            #expect(error.isRetryable)
        }
    }

    @Test func `prints no notices of the server`() async throws {
        let result = try await #require(processExitsWith: .success, observing: [\.standardErrorContent]) {
            let url = try TestServer.first.url
            var connection = try Connection(url: url, password: nil, applicationName: "PostgresTests")
            try connection.execute("DROP TABLE IF EXISTS absent")
        }
        #expect(!String(decoding: result.standardErrorContent, as: UTF8.self).contains("NOTICE"))
    }

    @Test func `receives notifications of other sessions`() throws {
        try TestServer.withDatabase { connection, url in
            try connection.execute("LISTEN trade_events")
            var other = try Connection(url: url, password: nil, applicationName: "PostgresTests")
            _ = try other.query("SELECT pg_notify('trade_events', $1)", [.text(#"{"last_sequence":7}"#)])
            // An answer of the server is sent after the notifications that came before it.
            var notifications: [Notification] = []
            for _ in 0..<1_000 where notifications.isEmpty {
                try connection.execute("SELECT 1")
                notifications = try connection.consumeNotifications()
            }
            #expect(notifications.map(\.channel) == ["trade_events"])
            #expect(notifications.map(\.payload) == [#"{"last_sequence":7}"#])
        }
    }
}
