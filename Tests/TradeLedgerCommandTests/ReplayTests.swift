import Glibc
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite struct `The command replay` {
    private let ledger: CommandLedger

    init() throws {
        ledger = try CommandLedger(EventText.generated(300, seed: 93))
    }

    @Test func `prints what trades prints`() throws {
        let time = try #require(try ledger.events("--from", "200", "--to", "200").first?["recorded_at"]?.text)
        for (until, asOf) in [
            ([], []), (["--until-sequence", "123"], ["--as-of-sequence", "123"]),
            (["--until", time], ["--as-of", time]),
        ] {
            for format in ["json", "csv", "table"] {
                let replayed = try run(["replay", "--format", format] + until)
                #expect(replayed.ending == .exit(0) && !replayed.stdout.isEmpty)
                #expect(try replayed.stdout == run(["trades", "--format", format] + asOf).stdout)
            }
        }
    }

    @Test func `fills a new directory, once`() throws {
        let copy = ledger.directory.path + "/copy"
        let replayed = try ledger.run("replay", "--until-sequence", "123", "--into", copy)
        #expect(replayed.ending == .exit(0), "\(replayed.stderr)")
        let record = try jsonObject(try #require(replayed.lines.first))
        #expect(record["into"] == .string(copy) && record["sequence"] == .integer(123))
        let events = try ledger.run("events", "--ledger", copy).stdout
        #expect(try events == ledger.run("events", "--to", "123").stdout)
        #expect(try ledger.run("verify", "--ledger", copy).ending == .exit(0))
        let again = try ledger.run("replay", "--into", copy)
        #expect(again.ending == .exit(64) && again.messages.count == 1)
        #expect(try ledger.run("events", "--ledger", copy).stdout == events)
    }

    @Test func `writes the same bytes for a backup of the ledger`() throws {
        let script = """
            set -e
            "$T" backup "$D/backup"
            "$T" replay --until-sequence 250 --into "$D/one"
            "$T" replay --until-sequence 250 --into "$D/other" --ledger "$D/backup"
            diff -r "$D/one" "$D/other"
            """
        let outcome = try ledger.shell(script)
        #expect(outcome.ending == .exit(0), "\(outcome.stdout)\(outcome.stderr)")
    }

    @Test func `refuses wrong arguments, and quotes no password`() throws {
        for words in [
            ["x"], ["--until", "yesterday"], ["--until", "0", "--until-sequence", "1"], ["--until-sequence", "-1"],
        ] {
            #expect(try run(["replay"] + words).ending == .exit(64), "\(words)")
        }
        #expect(try ledger.run("replay", "--ledger", "/no/such").ending == .exit(66))
        #expect(try ledger.run("replay", "--into", "/no/such/place").ending == .exit(66))
        for url in ["postgresql://u:s3cret@127.0.0.1:1/d", "host=127.0.0.1 port=1 password=s3cret"] {
            let outcome = try ledger.run("replay", "--into", url)
            #expect(outcome.ending == .exit(69) && outcome.messages.count == 1)
            #expect(!outcome.stderr.contains("s3cret"))
        }
        #expect(try ledger.shell(#"cd "$D" && "$T" replay --into ./a=b && test -d a=b"#).ending == .exit(0))
    }

    private func run(_ words: [String]) throws -> ChildProcess.Outcome {
        try ledger.start(words, input: .bytes([])).finish()
    }
}

@Suite(.needsServer) struct `The command replay into a database` {
    @Test(arguments: TestServer.all)
    func `creates the schema and fills it, and does not change a database that knows the ledger`(
        server: TestServer
    ) throws {
        try server.withReplicatedLedger { ledger, url in
            try server.withDatabase { scratch in
                let replayed = try ledger.run("replay", "--until-sequence", "200", "--into", scratch)
                #expect(replayed.ending == .exit(0), "\(replayed.stderr)")
                let record = try jsonObject(try #require(replayed.lines.first))
                #expect(record["sequence"] == .integer(200))
                let copy = ledger.directory.path + "/copy"
                #expect(try ledger.run("replay", "--until-sequence", "200", "--into", copy).ending == .exit(0))
                #expect(try ledger.run("verify", "--ledger", copy, "--database", scratch).ending == .exit(0))
                for known in [scratch, url] {
                    let refused = try ledger.run("replay", "--into", known)
                    #expect(refused.ending == .exit(64) && refused.stderr.contains("knows ledger"))
                }
                #expect(try ledger.run("verify", "--database", url).ending == .exit(0))
            }
        }
    }
}
