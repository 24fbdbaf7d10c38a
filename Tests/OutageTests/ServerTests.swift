import Ledger
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

/// What a server can do to its replicator, and how that ends.
struct ServerOutage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// The code that the replicator gets; nil if it gets none, or no certain one.
    let sqlState: String?
    let begin: @Sendable (PrivateServer) throws -> Void
    let end: @Sendable (PrivateServer) throws -> Void

    init(
        _ description: String,
        _ sqlState: String? = nil,
        begin: @escaping @Sendable (PrivateServer) throws -> Void,
        end: @escaping @Sendable (PrivateServer) throws -> Void = { try $0.start() }
    ) {
        (testDescription, self.sqlState, self.begin, self.end) = (description, sqlState, begin, end)
    }

    /// Those after which the replicator has to begin anew.
    static let all = [
        ServerOutage("stopped", begin: { try $0.stop(.fast) }),
        ServerOutage("stopped at once", begin: { try $0.stop(.immediate) }),
        ServerOutage("killed", begin: { try $0.kill() }),
        ServerOutage(
            "read-only",
            "25006",
            begin: { server in
                try server.set("default_transaction_read_only", to: "on")
                // Current sessions keep their own setting for the transaction.
                try server.restart()
            },
            end: { try $0.reset("default_transaction_read_only") }
        ),
        ServerOutage("recovering", "57P03", begin: { try $0.restartInRecovery(.refused) }, end: { try $0.promote() }),
        ServerOutage("a standby", "25006", begin: { try $0.restartInRecovery(.served) }, end: { try $0.promote() }),
    ]
}

@Suite(.needsServer, .serialized, .onOwnThread, .timeLimit(.minutes(30))) struct `A server that fails` {
    @Test(arguments: ServerKind.tested, ServerOutage.all)
    func `is waited for, while appends continue`(kind: ServerKind, outage: ServerOutage) throws {
        try SharedServer.with(kind) { server in
            try OutageLedger.with(server.server, seed: 121) { ledger in
                try ledger.append(200)
                try ledger.replicating { replicate in
                    try ledger.waitUntilShipped()
                    try outage.begin(server)
                    try ledger.append(200)
                    let message = try replicate.waitForMessage(outage.sqlState ?? "trying again")
                    #expect(message.contains("trying again"))
                    try ledger.append(200)
                    try outage.end(server)
                    try ledger.waitUntilShipped()
                }
                try ledger.expectEqual()
            }
        }
    }

    @Test(arguments: ServerKind.tested) func `by halting is waited for, while appends continue`(kind: ServerKind) throws
    {
        try SharedServer.with(kind) { server in
            try OutageLedger.with(server.server, seed: 122) { ledger in
                try ledger.replicating { _ in
                    for _ in 0..<3 {
                        try ledger.append(200)
                        try server.freeze()
                        try ledger.append(200)
                        try server.thaw()
                    }
                    try ledger.waitUntilShipped()
                    try server.freeze()
                    try ledger.append(200)
                    // A replicator that waits for a silent server can be stopped, as this one is at the end.
                }
                try server.thaw()
                try ledger.replicating { _ in try ledger.waitUntilShipped() }
                try ledger.expectEqual()
            }
        }
    }

    @Test(arguments: ServerKind.tested) func `again and again loses nothing`(kind: ServerKind) throws {
        try SharedServer.with(kind) { server in
            try OutageLedger.with(server.server, seed: 123) { ledger in
                try ledger.replicating { replicate in
                    for round in 0..<4 {
                        try ledger.append(500)
                        if round % 2 == 0 { try server.kill() } else { try server.stop(.immediate) }
                        try server.start()
                    }
                    try ledger.waitUntilShipped()
                }
                try ledger.expectEqual()
            }
        }
    }

    @Test(arguments: ServerKind.tested) func `to have a free connection is waited for`(kind: ServerKind) throws {
        try SharedServer.with(kind) { server in
            try OutageLedger.with(server.server, seed: 124) { ledger in
                // The last connections are a superuser's.
                let login = TestServer.databaseName(in: ledger.databaseURL)
                try ledger.execute("CREATE ROLE \(login) LOGIN IN ROLE ledger_writer")
                defer {
                    #expect(throws: Never.self) { try ledger.execute("DROP OWNED BY \(login); DROP ROLE \(login)") }
                }
                let url = ledger.databaseURL + "&user=\(login)"
                var others = try ConnectionHoard(url)
                try ledger.append(300)
                try ledger.replicating(by: url) { replicate in
                    #expect(try replicate.waitForMessage("trying again").contains("SQLSTATE 53300"))
                    try ledger.append(300)
                    others.release()
                    try ledger.waitUntilShipped()
                }
                try ledger.expectEqual()
            }
        }
    }

    @Test(.mounts(.tmpfs)) func `because its whole disk is full is waited for`() throws {
        let disk = try SmallDisk(.tmpfs, mebibyteCount: 200)
        let server = try PrivateServer(on: disk)
        try OutageLedger.with(server.server, seed: 125) { ledger in
            try ledger.append(300)
            try ledger.replicating { replicate in
                try ledger.waitUntilShipped()
                try disk.fill()
                // The server goes down itself once it cannot write its log.
                for _ in 0..<3 {
                    try ledger.append(3000)
                    try replicate.waitForRetry()
                }
                try disk.empty()
                try server.start()
                try ledger.waitUntilShipped()
            }
            try ledger.expectEqual()
        }
    }
}

/// All connections that a server gives to a login.
private struct ConnectionHoard {
    private final class Held {
        private let connection: Connection

        init(_ url: String) throws {
            connection = try Connection(url: url, password: nil, applicationName: "outage tests")
        }
    }

    private var held: [Held] = []

    init(_ url: String) throws {
        do { while true { held.append(try Held(url)) } } catch let error as PostgresError
            where error.sqlState == "53300"
        {}
    }

    mutating func release() { held = [] }
}
