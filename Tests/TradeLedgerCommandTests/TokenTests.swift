import Glibc
import LedgerTestSupport
import Testing

@Suite struct `The command token` {
    private let ledger: CommandLedger

    init() throws {
        ledger = try CommandLedger([EventText.opened("a")])
    }

    private func create(_ arguments: String...) throws -> String {
        let outcome = try ledger.start(["token", "create"] + arguments, input: .bytes([])).finish()
        try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
        return try #require(outcome.lines.first)
    }

    private func list() throws -> [[String: JSONValue]] {
        let outcome = try ledger.run("token", "list", "--format", "json")
        try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
        return try outcome.lines.map(jsonObject)
    }

    @Test(arguments: ["table", "json", "csv"])
    func `prints a new token alone, and never again`(format: String) throws {
        let outcome = try ledger.run("token", "create", "--role", "append", "--name", "bot", "--format", format)
        let token = try #require(outcome.lines.first)
        #expect(outcome.ending == .exit(0) && outcome.stdout == token + "\n")
        #expect(token.wholeMatch(of: /tl_[0-9a-f]{64}/) != nil)
        let listed = try ledger.run("token", "list", "--format", format)
        let everything = try ledger.shell(#"cat "$D"/ledger/*"#).stdout + outcome.stderr + listed.stdout
        #expect(!everything.contains(token.dropFirst(3)))
        #expect(try create("--role", "append", "--quiet") != token)
    }

    @Test func `lists every token, also those that were revoked`() throws {
        #expect(try ledger.run("token", "list", "--format", "table").stdout == "no tokens\n")
        _ = try create("--role", "append", "--name", "bot")
        _ = try create("--role", "admin")
        var tokens = try list()
        #expect(tokens.map { $0["role"]?.text } == ["append", "admin"])
        #expect(tokens.map { $0["name"] } == [.string("bot"), .null])
        #expect(tokens.allSatisfy { $0["revoked_at"] == .null && $0["created_at"]?.text?.hasSuffix("Z") == true })
        #expect(tokens.allSatisfy { Set($0.keys) == ["id", "name", "role", "created_at", "revoked_at"] })
        let id = try #require(tokens[0]["id"]?.text)
        for _ in 0..<2 {
            let outcome = try ledger.run("token", "revoke", id)
            let revoked = try jsonObject(try #require(outcome.lines.first))
            #expect(outcome.ending == .exit(0) && revoked["id"]?.text == id && revoked["revoked_at"] != .null)
            tokens[0] = revoked
            #expect(try list() == tokens)
        }
        let unknown = try ledger.run("token", "revoke", String(id.dropLast()))
        #expect(unknown.ending == .exit(66) && unknown.stderr.contains("did you mean \(id)?"))
    }

    @Test func `says which token nobody has seen if stdout does not take it`() throws {
        for script in [#"exec "$T" token create --role read >/dev/full"#, #"exec "$T" token create --role read >&-"#] {
            let outcome = try ledger.shell(script)
            #expect(outcome.ending == .exit(74) && outcome.messages.count == 1)
            let id = try #require(try list().last?["id"]?.text)
            #expect(outcome.stderr.contains("run tradeledger token revoke \(id)"))
        }
    }

    @Test(arguments: [UInt64(71)])
    func `loses no token if it is killed at any moment`(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var printedCount = 0
        let roundCount = 40
        for round in 0..<roundCount {
            let process = try ledger.start(["token", "create", "--role", "read", "--name", "\(round)"])
            let isAtFile = random.next(below: 2) == 0
            for _ in 0..<random.next(below: 4000) {
                if isAtFile, unsafe access(ledger.path + "/tokens.tmp", F_OK) == 0 { break }
                sched_yield()
            }
            try process.send(SIGKILL)
            let outcome = try process.finish()
            let names = try list().compactMap { $0["name"]?.text }
            #expect(Set(names).count == names.count, "seed \(seed)")
            guard !outcome.lines.isEmpty else { continue }
            printedCount += 1
            #expect(names.last == "\(round)", "seed \(seed)")
        }
        let before = try list().count
        #expect((printedCount...roundCount).contains(before), "seed \(seed)")
        _ = try create("--role", "read")
        #expect(try list().count == before + 1)
    }

    @Test func `loses no token if two create one at once, beside a writer`() throws {
        let writer = try ledger.start(["append"])
        try writer.write(EventText.opened("b") + "\n")
        #expect(try writer.readLine() != nil)
        let script = #"for n in 1 2 3 4 5; do "$T" token create --role read --quiet || exit; done"#
        let processes = try (0..<2).map { _ in try ledger.startShell(script) }
        let tokens = try processes.flatMap { process in
            let outcome = try process.finish()
            #expect(outcome.ending == .exit(0), "\(outcome.stderr)")
            return outcome.lines
        }
        #expect(Set(tokens).count == 10)
        #expect(try list().count == 10)
        #expect(try writer.finish().ending == .exit(0))
    }

    @Test func `refuses a damaged file, and the other commands do not need it`() throws {
        _ = try create("--role", "read")
        try ledger.shell(#"head -c 100 "$D/ledger/tokens" >"$D/cut" && cat "$D/cut" >"$D/ledger/tokens""#)
        for words in [["create", "--role", "read"], ["list"], ["revoke", "00000000"]] {
            let outcome = try ledger.start(["token"] + words, input: .bytes([])).finish()
            #expect(outcome.ending == .exit(74) && outcome.stdout.isEmpty && outcome.messages.count == 1)
            #expect(outcome.stderr.contains("tokens is damaged") && outcome.stderr.contains("from a copy"))
        }
        for command in ["status", "verify", "repair", "trades"] {
            #expect(try ledger.run(command).ending == .exit(0), "\(command)")
        }
    }

    @Test(arguments: ["ln -s /no/such", "ln -s \"$D/socket\"", "mkfifo", "socket"])
    func `leaves other commands alone, also with a socket or a link in the directory`(_ make: String) throws {
        _ = try create("--role", "read")
        let socket = #"import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])"#
        let bind = "bind() { python3 -c '\(socket)' \"$1\"; }\nbind \"$D/socket\"\n"
        let words = make == "socket" ? "bind" : make
        let made = try ledger.shell(bind + words + #" "$D/ledger/serve.socket""#)
        try #require(made.ending == .exit(0), "\(made.stderr)")
        for script in [
            #""$T" status"#, #""$T" verify --local --deep"#, #""$T" repair"#, #""$T" repair --mend"#,
            #""$T" backup "$D/backup""#, #""$T" verify --ledger "$D/backup""#,
            #""$T" restore "$D/backup" --ledger "$D/restored""#, #""$T" init --signing-key"#, #""$T" append"#,
            #""$T" export --as audit --out "$D/audit""#,
        ] {
            let outcome = try ledger.shell(script)
            #expect(outcome.ending == .exit(0), "\(script): \(outcome.stderr)")
        }
        let copies = try ledger.shell(#"ls "$D/backup" "$D/restored" "$D/audit""#).stdout
        #expect(!copies.contains("token") && !copies.contains("serve"))
    }

    @Test func `changes nothing in a backup`() throws {
        let backup = ledger.directory.path + "/backup"
        try ledger.run("backup", backup)
        let outcome = try ledger.run("token", "create", "--role", "read", "--ledger", backup)
        #expect(outcome.ending == .exit(64) && outcome.messages.count == 1)
    }

    @Test func `says that there is no ledger`() throws {
        for words in [["create", "--role", "read"], ["list"], ["revoke", "00000000"]] {
            let outcome = try ledger.start(["token"] + words + ["--ledger", "/no/such"], input: .bytes([])).finish()
            #expect(outcome.ending == .exit(66) && outcome.messages.count == 1)
        }
    }
}
