internal import Glibc
package import LedgerTestSupport
internal import Postgres
internal import Synchronization

/// A PostgreSQL server on which tests create databases, named by a superuser's URL in the environment.
package struct TestServer: Sendable, CustomStringConvertible {
    package let kind: ServerKind
    /// The URL of its maintenance database.
    package let url: String
    /// The database of which tests get copies, nil for the server of one test: it has few databases.
    private let template: MigratedTemplate?

    /// The servers that `tools/test`, or the person who runs the tests, started.
    package static let all = [
        named(.plain, by: "TRADELEDGER_TEST_PLAIN_URL"),
        named(.timescaledb, by: "TRADELEDGER_TEST_TIMESCALEDB_URL"),
    ].compactMap(\.self)

    private static let databaseCount = Atomic(0)

    /// The server of one test by its URL.
    init(kind: ServerKind, url: String) { self.init(kind, url, template: nil) }

    private init(_ kind: ServerKind, _ url: String, template: MigratedTemplate?) {
        (self.kind, self.url, self.template) = (kind, url, template)
    }

    /// The kind, for the names of test cases.
    package var description: String { kind.description }

    /// Runs `body` with the URL of a new, empty database, which is dropped afterwards.
    package func withDatabase(_ body: (_ url: String) throws -> Void) throws {
        try withDatabase(Self.emptyDatabase, body)
    }

    /// Runs `body` with the URL of a new database that has the schema, which is dropped afterwards.
    ///
    /// A test about migrations calls `withDatabase` and migrates the database itself.
    package func withMigratedDatabase(_ body: (_ url: String) throws -> Void) throws {
        guard let template else {
            try withDatabase { url in
                try MigratedTemplate.migrate(url)
                try body(url)
            }
            return
        }
        // The default strategy writes every page of the copy into the log.
        try withDatabase("TEMPLATE \(template.name(on: self)) STRATEGY file_copy", body)
    }

    private func withDatabase(_ options: String, _ body: (_ url: String) throws -> Void) throws {
        let name = "tests_\(getpid())_\(Self.databaseCount.add(1, ordering: .relaxed).newValue)"
        try execute("CREATE DATABASE \(name) \(options)")
        defer {
            do { try dropDatabase(name) } catch { preconditionFailure("a test's database can be dropped: \(error)") }
        }
        try body(databaseURL(name))
    }

    /// Runs `body` with a tablespace on a small disk; `body` must leave nothing in it.
    package func withTablespace(on disk: SmallDisk, _ body: (_ name: String) throws -> Void) throws {
        let name = "tests_\(getpid())_\(Self.databaseCount.add(1, ordering: .relaxed).newValue)"
        // The server runs as the owner of its socket.
        var attributes = stat()
        guard unsafe stat(try socketPath, &attributes) == 0,
            unsafe chown(disk.path, attributes.st_uid, attributes.st_gid) == 0
        else { throw SystemFailure(operation: "give \(disk.path) to the server", number: errno) }
        try execute("CREATE TABLESPACE \(name) LOCATION '\(disk.path)'")
        defer {
            do { try execute("DROP TABLESPACE \(name)") } catch {
                preconditionFailure("a tablespace can be dropped: \(error)")
            }
        }
        try body(name)
    }

    /// Creates an empty database.
    package func makeDatabase(_ name: String) throws { try execute("CREATE DATABASE \(name) \(Self.emptyDatabase)") }

    private static let emptyDatabase = "TEMPLATE template0 ENCODING 'UTF8'"

    /// Drops the template of this process, if it has one.
    func dropTemplate() { template?.drop(on: self) }

    /// Drops a database and ends the sessions in it.
    package func dropDatabase(_ name: String) throws {
        try execute("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
    }

    /// The URL of another database of the server: the parameters after the question mark stay.
    package func databaseURL(_ name: String) -> String {
        let parts = url.split(separator: "?", maxSplits: 1)
        guard let slash = parts.first?.lastIndex(of: "/") else { preconditionFailure("the URL names a database") }
        return parts[0][...slash] + name + (parts.count == 2 ? "?" + parts[1] : "")
    }

    /// The name of the database in a URL of a test.
    package static func databaseName(in url: String) -> String {
        let path = url.split(separator: "?", maxSplits: 1)[0]
        guard let slash = path.lastIndex(of: "/") else { preconditionFailure("the URL names a database") }
        return String(path[path.index(after: slash)...])
    }

    /// The path of the server's Unix socket.
    var socketPath: String { get throws { "\(try socketDirectory)/.s.PGSQL.5432" } }

    /// The directory of the socket, which libpq uses as the host.
    var socketDirectory: String {
        get throws {
            let parameters = url.split(separator: "?").last?.split(separator: "&") ?? []
            guard let host = parameters.first(where: { $0.hasPrefix("host=") })?.dropFirst(5), host.hasPrefix("/")
            else { throw SystemFailure(operation: "find the Unix socket in \(url)", number: EINVAL) }
            return String(host)
        }
    }

    private static func named(_ kind: ServerKind, by variable: String) -> TestServer? {
        guard let url = unsafe getenv(variable) else { return nil }
        return unsafe TestServer(kind, String(cString: url), template: MigratedTemplate())
    }

    /// Runs a statement in its maintenance database.
    func execute(_ statement: String) throws {
        var maintenance = try Connection(url: url, password: nil, applicationName: "tradeledger tests")
        try maintenance.execute(statement)
    }
}
