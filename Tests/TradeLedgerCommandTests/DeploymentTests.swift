import Foundation
import Glibc
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

/// The files that people deploy with.
enum Deployment {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func path(_ name: String) -> String { root.appending(path: name).path }

    /// Runs a program to its end.
    static func run(
        _ program: String,
        _ arguments: [String],
        environment: [String: String] = [:]
    ) throws -> ChildProcess.Outcome {
        let variables = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"].merging(environment) { $1 }
        return try ChildProcess(program, arguments, environment: variables, input: .bytes([])).finish()
    }

    /// `compose.yaml` as JSON, with its merged parts.
    static func compose() throws -> [String: JSONValue] {
        let program = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))"
        let outcome = try run("/usr/bin/python3", ["-c", program, path("compose.yaml")])
        try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
        return try jsonObject(try #require(outcome.lines.first))
    }
}

@Suite struct `The secrets of a deployment` {
    private let directory = TemporaryDirectory()
    private var secrets: String { directory.path + "/secrets" }
    private static let names = ["owner_password", "postgres_password", "reader_password", "writer_password"]

    private func mode(_ path: String) throws -> mode_t {
        var attributes = stat()
        try #require(unsafe stat(path, &attributes) == 0)
        return attributes.st_mode & 0o7777
    }

    private func contents() throws -> [String] {
        try Self.names.map { try String(contentsOfFile: "\(secrets)/\($0)", encoding: .utf8) }
    }

    @Test func `are files that only their owner can read, all different, and never printed`() throws {
        let outcome = try Deployment.run(Deployment.path("tools/init-secrets"), [secrets])
        #expect(outcome.ending == .exit(0))
        #expect(outcome.lines.sorted() == Self.names.map { "made \(secrets)/\($0)" })
        let files = try FileManager.default.contentsOfDirectory(atPath: secrets).sorted()
        #expect(files == Self.names)
        #expect(try mode(secrets) == 0o700)
        for name in Self.names { #expect(try mode("\(secrets)/\(name)") == 0o600) }
        let contents = try contents()
        #expect(Set(contents).count == Self.names.count)
        for text in contents {
            #expect(text.wholeMatch(of: /[A-Za-z0-9_-]{32}\n/) != nil)
            #expect(!(outcome.stdout + outcome.stderr).contains(text.dropLast()))
        }
    }

    @Test func `do not change once they exist`() throws {
        _ = try Deployment.run(Deployment.path("tools/init-secrets"), [secrets])
        try "mine".write(toFile: "\(secrets)/writer_password", atomically: false, encoding: .utf8)
        try FileManager.default.removeItem(atPath: "\(secrets)/reader_password")
        let before = try Self.names.dropLast().filter { $0 != "reader_password" }
            .map { try String(contentsOfFile: "\(secrets)/\($0)", encoding: .utf8) }
        let outcome = try Deployment.run(Deployment.path("tools/init-secrets"), [secrets])
        #expect(outcome.lines.filter { $0.hasPrefix("made ") } == ["made \(secrets)/reader_password"])
        let after = try contents()
        #expect(after[3] == "mine" && [after[0], after[1]] == before && after[2].count == 33)
    }
}

@Suite struct `compose.yaml` {
    private func services() throws -> [String: [String: JSONValue]] {
        guard case .object(let services)? = try Deployment.compose()["services"] else { return [:] }
        return services.compactMapValues { if case .object(let service) = $0 { service } else { nil } }
    }

    private func texts(_ value: JSONValue?) -> [String] {
        switch value {
        case .string(let text): [text]
        case .array(let items): items.flatMap(texts)
        case .object(let members): members.sorted { $0.key < $1.key }.flatMap { ["\($0.key)="] + texts($0.value) }
        default: []
        }
    }

    @Test func `takes every secret from a file and holds no password`() throws {
        let compose = try Deployment.compose()
        guard case .object(let secrets)? = compose["secrets"] else {
            Issue.record("the secrets are an object")
            return
        }
        for (name, secret) in secrets { #expect(secret == .object(["file": .string("./secrets/\(name)")])) }
        #expect(secrets.count == 4)
        for (name, service) in try services() {
            let environment = texts(service["environment"])
            #expect(!environment.contains { $0.uppercased().hasSuffix("PASSWORD=") }, "\(name)")
            // A password in a URL is between a colon and the @.
            #expect(!environment.contains { $0.contains(/:[^\/@]+@/) }, "\(name)")
            for text in texts(service["secrets"]) where text.hasSuffix("_password") && text != "db_password" {
                #expect(secrets[text] != nil, "\(name): \(text)")
            }
        }
    }

    @Test func `opens one port, only to this machine`() throws {
        let ports = try services().compactMapValues { $0["ports"] }
        #expect(ports == ["db": .array([.string("127.0.0.1:5437:5432")])])
    }

    @Test func `pins the images, runs the ledger without privileges and stops it cleanly`() throws {
        let services = try services()
        #expect(services.keys.sorted() == ["db", "init", "migrate", "replicate", "roles"])
        for name in ["db", "roles"] {
            let image = services[name]?["image"]?.text ?? ""
            #expect(image.wholeMatch(of: /timescale\/timescaledb:\d+\.\d+\.\d+-pg\d+/) != nil, "\(image)")
        }
        for name in ["init", "migrate", "replicate"] {
            #expect(services[name]?["user"]?.text?.hasPrefix("${TRADELEDGER_USER:?") ?? false)
            #expect(services[name]?["cap_drop"] == .array([.string("ALL")]))
            #expect(services[name]?["read_only"] == .bool(true))
        }
        for name in ["db", "replicate"] {
            #expect(services[name]?["restart"] == .string("unless-stopped"))
            #expect(services[name]?["stop_grace_period"] != nil)
        }
        let image = try String(contentsOfFile: Deployment.path("Dockerfile"), encoding: .utf8)
        #expect(image.contains("\nUSER tradeledger\n") && image.contains("\nSTOPSIGNAL SIGTERM\n"))
        #expect(image.contains("\nHEALTHCHECK ") && !image.contains(":latest"))
    }
}

@Suite(.needsServer) struct `The logins of a deployment` {
    private func logIn(_ url: String, _ user: String) -> String {
        url.replacing("user=postgres", with: "user=\(user)")
    }

    @Test(arguments: ServerKind.tested)
    func `migrate, replicate and read, without an administrator`(kind: ServerKind) throws {
        let secrets = TemporaryDirectory()
        _ = try Deployment.run(Deployment.path("tools/init-secrets"), [secrets.path])
        let ledger = try CommandLedger(EventText.generated(50, seed: 71))
        try PrivateServer.with(kind) { server in
            try server.server.withDatabase { url in
                let script = [
                    "-Xq", "-f", Deployment.path("deploy/roles.sql"), "--set", "secrets=\(secrets.path)", url,
                ]
                for _ in 0..<2 {
                    let roles = try Deployment.run("/usr/bin/psql", script)
                    #expect(roles.ending == .exit(0) && roles.stdout.isEmpty, "\(roles.stderr)")
                }
                let migrate = try ledger.run("migrate", "--database", logIn(url, "tradeledger"))
                #expect(migrate.ending == .exit(0) && migrate.messages.count == 1, "\(migrate.stderr)")
                let writer = logIn(url, "replicator")
                #expect(try ledger.run("replicate", "--once", "--database", writer).ending == .exit(0))
                #expect(try ledger.run("rebuild", "--database", writer).ending == .exit(0))
                #expect(try ledger.run("verify", "--database", writer).ending == .exit(0))
                var reader = try Connection(url: logIn(url, "dashboard"), password: nil, applicationName: "tests")
                #expect(try reader.query("SELECT sum(events) FROM ledger_status").text(row: 0, column: 0) == "50")
                var owner = try Connection(url: url, password: nil, applicationName: "tests")
                let passwords = try owner.query(
                    "SELECT count(DISTINCT rolpassword) FROM pg_authid WHERE rolpassword LIKE 'SCRAM-SHA-256$%'"
                )
                #expect(passwords.text(row: 0, column: 0) == "3")
            }
        }
    }

    @Test func `are not created if a password is missing`() throws {
        let server = try #require(TestServer.all.first)
        let nowhere = TemporaryDirectory()
        try server.withDatabase { url in
            let outcome = try Deployment.run(
                "/usr/bin/psql",
                ["-Xq", "-f", Deployment.path("deploy/roles.sql"), "--set", "secrets=\(nowhere.path)", url]
            )
            #expect(outcome.ending == .exit(3))
            #expect(outcome.stderr.contains("a password is missing or cannot be read: run tools/init-secrets"))
        }
    }
}

@Suite struct `The health check of the replicator` {
    private let ledger: CommandLedger

    init() throws { ledger = try CommandLedger([EventText.opened("a")]) }

    private func health(_ environment: [String: String] = [:]) throws -> ChildProcess.Ending {
        let folder = String(CommandLedger.program.dropLast("/tradeledger".count))
        let variables = ["PATH": "\(folder):/usr/bin:/bin", "TRADELEDGER_DIR": ledger.path]
        return try Deployment.run(
            Deployment.path("deploy/replicator-health"),
            [],
            environment: variables.merging(environment) { $1 }
        ).ending
    }

    @Test func `fails if none runs, or if it waits for a database`() throws {
        #expect(try health() == .exit(1))
        #expect(try health(["TRADELEDGER_DIR": "/nowhere"]) == .exit(1))
        let replicate = try ledger.startShell(#"exec "$T" replicate --database postgresql://u@127.0.0.1:1/d 2>&1"#)
        #expect(try replicate.readLine()?.contains("cannot be reached") ?? false)
        #expect(try health() == .exit(1))
        try replicate.send(SIGTERM)
        #expect(try replicate.finish().ending == .exit(0))
    }

    @Test(.needsServer) func `succeeds while it replicates, and fails once it has ended`() throws {
        let server = try #require(TestServer.all.first)
        try server.withMigratedDatabase { url in
            let replicate = try ledger.start(["replicate", "--database", url], input: .bytes([]))
            let append = try ledger.run(
                "append",
                "--ack",
                "database",
                "--ack-timeout",
                "1000",
                input: EventText.closed("a") + "\n"
            )
            #expect(append.stdout.contains(#""replicated":true"#))
            // The check does not query the address in the service's environment.
            #expect(try health(["DATABASE_URL": "postgresql://u@127.0.0.1:1/d"]) == .exit(0))
            try replicate.send(SIGTERM)
            #expect(try replicate.finish().ending == .exit(0))
            #expect(try health() == .exit(1))
        }
    }
}
