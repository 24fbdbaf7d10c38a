import Postgres
import PostgresTestSupport
import Testing

/// The server for the tests of the connection. One is enough, because the protocol is the same on all.
extension TestServer {
    static var first: TestServer {
        get throws { try #require(all.first) }
    }

    /// A login that the server's `pg_hba.conf` must ask for a password, for the test of a wrong one.
    static let passwordRole = "tradeledger_password"

    static var asksForPassword: Bool {
        get throws {
            guard let server = all.first else { return false }
            var connection = try Connection(url: server.url, password: nil, applicationName: "PostgresTests")
            let rules = try connection.query(
                "SELECT 1 FROM pg_hba_file_rules WHERE $1 = ANY (user_name) AND auth_method = 'scram-sha-256'",
                [.text(passwordRole)]
            )
            return rules.rowCount > 0
        }
    }

    /// Runs `body` on a new database, which is dropped afterwards.
    static func withDatabase(_ body: (inout Connection, _ url: String) throws -> Void) throws {
        try first.withDatabase { url in
            var connection = try Connection(url: url, password: nil, applicationName: "PostgresTests")
            try body(&connection, url)
        }
    }
}
