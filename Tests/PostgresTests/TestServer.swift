import Glibc
import Postgres
import Synchronization
import Testing

/// The PostgreSQL server that the tests use, named by a superuser's URL of its maintenance database.
enum TestServer {
    static let url: String? = environment("TRADELEDGER_TEST_DATABASE_URL")

    /// A login that the server's `pg_hba.conf` must ask for a password, for the test of a wrong one.
    static let passwordRole = "tradeledger_password"

    static var asksForPassword: Bool {
        get throws {
            guard let url else { return false }
            var connection = try Connection(url: url, password: nil, applicationName: "PostgresTests")
            let rules = try connection.query(
                "SELECT 1 FROM pg_hba_file_rules WHERE $1 = ANY (user_name) AND auth_method = 'scram-sha-256'",
                [.text(passwordRole)]
            )
            return rules.rowCount > 0
        }
    }

    /// Runs `body` on a database of its own, which is dropped afterwards.
    static func withDatabase(_ body: (inout Connection, _ url: String) throws -> Void) throws {
        let url = try #require(url)
        let name = "postgres_tests_\(getpid())_\(databaseCount.add(1, ordering: .relaxed).newValue)"
        var maintenance = try Connection(url: url, password: nil, applicationName: "PostgresTests")
        try maintenance.execute("CREATE DATABASE \(name) TEMPLATE template0 ENCODING 'UTF8'")
        defer {
            #expect(throws: Never.self, "the database is dropped") {
                var maintenance = try Connection(url: url, password: nil, applicationName: "PostgresTests")
                try maintenance.execute("DROP DATABASE \(name) WITH (FORCE)")
            }
        }
        let databaseURL = try replacingDatabase(of: url, with: name)
        var connection = try Connection(url: databaseURL, password: nil, applicationName: "PostgresTests")
        try body(&connection, databaseURL)
    }

    /// `url` with another path; the parameters after the question mark stay.
    static func replacingDatabase(of url: String, with name: String) throws -> String {
        let parts = url.split(separator: "?", maxSplits: 1)
        let address = try #require(parts.first)
        let slash = try #require(address.lastIndex(of: "/"))
        return address[...slash] + name + (parts.count == 2 ? "?" + parts[1] : "")
    }

    private static let databaseCount = Atomic(0)

    private static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips a suite where no server was named.
    static var needsServer: Self {
        .enabled(if: TestServer.url != nil, "TRADELEDGER_TEST_DATABASE_URL names no PostgreSQL server")
    }
}

/// Numbers that look random and are the same for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// A decimal with a fraction as often as not, of up to `digitCountMax` digits on either side of the point.
    mutating func decimalText(digitCountMax: Int) -> String {
        var text = Bool.random(using: &self) ? "-" : ""
        text += digits(count: Int.random(in: 1...digitCountMax, using: &self))
        if Bool.random(using: &self) {
            text += "." + digits(count: Int.random(in: 1...digitCountMax, using: &self))
        }
        return text
    }

    private mutating func digits(count: Int) -> String {
        // Long runs of zeros and nines are where groups begin, end and carry.
        var text = ""
        while text.count < count {
            let run = Int.random(in: 1...6, using: &self)
            let digit = ["0", "9", String(Int.random(in: 0...9, using: &self))][Int.random(in: 0..<3, using: &self)]
            text += String(repeating: digit, count: run)
        }
        return String(text.prefix(count))
    }
}
