import Postgres
import PostgresTestSupport
import Testing

private struct GivenUp: Error {}

@Suite(.needsServer) struct `A transaction` {
    @Test func `stores everything or nothing`() throws {
        try TestServer.withDatabase { connection, _ in
            try connection.execute("CREATE TABLE numbers (number bigint)")
            let isolation = try connection.withTransaction(isolation: .repeatableRead) { connection in
                try connection.execute("INSERT INTO numbers VALUES (1)")
                return try connection.query("SHOW transaction_isolation").text(row: 0, column: 0)
            }
            #expect(isolation == "repeatable read")
            #expect(throws: GivenUp.self) {
                try connection.withTransaction { connection in
                    try connection.execute("INSERT INTO numbers VALUES (2)")
                    throw GivenUp()
                }
            }
            let result = try connection.query("SELECT sum(number) FROM numbers")
            #expect(try result.int64(row: 0, column: 0) == 1)
        }
    }

    @Test func `does not count as committed after a statement in it failed`() throws {
        try TestServer.withDatabase { connection, _ in
            let error = try #require(throws: PostgresError.self) {
                try connection.withTransaction { connection in
                    #expect(throws: PostgresError.self) { try connection.execute("SELECT 1 / 0") }
                }
            }
            #expect(error.kind == .server)
            #expect(error.sqlState == "25P02")
        }
    }

    @Test func `that the server refuses to commit is known to have failed`() throws {
        try TestServer.withDatabase { connection, _ in
            try connection.execute("CREATE TABLE keys (key bigint UNIQUE DEFERRABLE INITIALLY DEFERRED)")
            let error = try #require(throws: PostgresError.self) {
                try connection.withTransaction { connection in
                    try connection.execute("INSERT INTO keys VALUES (1), (1)")
                }
            }
            #expect(error.kind == .server)
            #expect(error.sqlState == "23505")
            #expect(connection.isBroken == false)
        }
    }

    @Test func `whose session ends during COMMIT has an unknown outcome`() throws {
        try TestServer.withDatabase { connection, _ in
            try connection.execute(
                """
                CREATE TABLE fuses (id bigint);
                CREATE FUNCTION blow() RETURNS trigger LANGUAGE plpgsql AS
                    'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(60); RETURN NULL; END';
                CREATE CONSTRAINT TRIGGER blow AFTER INSERT ON fuses DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION blow();
                """
            )
            let error = try #require(throws: PostgresError.self) {
                try connection.withTransaction { connection in
                    try connection.execute("INSERT INTO fuses VALUES (1)")
                }
            }
            #expect(error.kind == .commitOutcomeUnknown)
            #expect(error.isRetryable)
            #expect(connection.isBroken == true)
        }
    }

    @Test func `whose session ended before COMMIT is known to have failed`() throws {
        try TestServer.withDatabase { connection, _ in
            let error = try #require(throws: PostgresError.self) {
                try connection.withTransaction { connection in
                    let lost = #expect(throws: PostgresError.self) {
                        try connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
                    }
                    #expect(lost?.kind == .connectionLost)
                    #expect(lost?.sqlState == "57P01")
                }
            }
            #expect(error.kind == .connectionLost)
        }
    }
}
