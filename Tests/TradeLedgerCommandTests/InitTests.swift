import LedgerTestSupport
import Testing

@Suite struct `The command init` {
    @Test func `creates a ledger of at most 32 MiB and prints its id`() throws {
        let ledger = try CommandLedger()
        let usage = try ledger.shell(#"du -sk "$D/ledger""#)
        let kibibytes = try #require(usage.stdout.split(separator: "\t").first.flatMap { Int($0) })
        #expect(kibibytes <= 32 << 10)
        let again = try ledger.run("init", "--format", "json")
        #expect(again.ending == .exit(0))
        #expect(again.messages.count == 1)
        let printed = try jsonObject(try #require(again.lines.first))
        let status = try jsonObject(try #require(try ledger.run("status").lines.first))
        #expect(printed["ledger_id"] == status["ledger_id"])
    }

    @Test func `gives a ledger a name, which can change and which backups keep`() throws {
        let ledger = CommandLedger(empty: ())
        #expect(try name(ledger.run("init", "--name", "paper 1 – Zürich")) == "paper 1 – Zürich")
        try ledger.append([EventText.opened("t")])
        let table = try ledger.run("status", "--format", "table")
        #expect(table.stdout.contains("paper 1 – Zürich"))
        let backup = ledger.directory.path + "/backup"
        let restored = ledger.directory.path + "/restored"
        try ledger.run("backup", backup)
        #expect(try ledger.run("init", "--name", "x", "--ledger", backup).ending == .exit(64))
        try ledger.run("restore", backup, "--ledger", restored)
        #expect(try name(ledger.run("status", "--ledger", restored)) == "paper 1 – Zürich")
        let longest = String(repeating: "é", count: 64)
        #expect(try name(ledger.run("init", "--name", longest)) == longest)
        #expect(try name(ledger.run("init")) == longest)
        try ledger.run("backup", backup)
        #expect(try name(ledger.run("status", "--ledger", backup)) == longest)
        for wrong in ["", longest + "e", "a\nb", "a\u{1B}[31mb", "a\u{202E}b"] {
            let refused = try ledger.run("init", "--name", wrong)
            #expect(refused.ending == .exit(64) && refused.messages.count == 1)
        }
        #expect(try name(ledger.run("status")) == longest)
        #expect(try name(CommandLedger().run("status")) == nil)
    }

    private func name(_ outcome: ChildProcess.Outcome) throws -> String? {
        try jsonObject(try #require(outcome.lines.first, "\(outcome.stderr)"))["name"]?.text
    }

    @Test func `says what is wrong with a damaged name`() throws {
        let ledger = try CommandLedger([])
        _ = try ledger.file("ledger/name", "a\nb\n")
        let outcome = try ledger.run("status")
        #expect(outcome.ending == .exit(74) && outcome.stderr.contains("name"))
        #expect(try ledger.run("trades").ending == .exit(0))
        try ledger.append([EventText.opened("t")])
    }

    @Test func `keeps the events of an existing ledger`() throws {
        let ledger = try CommandLedger([EventText.opened("t")])
        try ledger.run("init")
        #expect(try ledger.events().count == 1)
    }

    @Test func `says what is wrong with a directory that it may not write to`() throws {
        let ledger = try CommandLedger()
        // The superuser is refused only without the capability that overrides permissions.
        let refused = try ledger.shell(
            #"""
            mkdir -m 500 "$D/closed"
            if [ "$(id -u)" = 0 ]; then without="setpriv --bounding-set -dac_override,-dac_read_search"; fi
            $without "$T" init --ledger "$D/closed/ledger"
            """#
        )
        #expect(refused.ending == .exit(74))
        #expect(refused.messages.count == 1)
        #expect(refused.stderr.contains("/closed/ledger: Permission denied"))
    }

    @Test func `refuses a directory with other files, and continues with one that it left unfinished`() throws {
        let ledger = CommandLedger(empty: ())
        try ledger.shell(#"mkdir "$D/ledger" && touch "$D/ledger/photo.jpg""#)
        let refused = try ledger.run("init")
        #expect(refused.ending == .exit(64))
        #expect(refused.stderr.contains("photo.jpg"))
        #expect(try ledger.shell(#"ls "$D/ledger""#).stdout == "photo.jpg\n")
        try ledger.shell(#"rm "$D/ledger/photo.jpg"; mkdir "$D/ledger/lost+found"; touch "$D/ledger/lock""#)
        #expect(try ledger.run("init").ending == .exit(0))
    }

    @Test func `refuses a path that is a file, and a missing parent`() throws {
        let ledger = try CommandLedger()
        let file = try ledger.file("taken", "mine")
        for path in [file, ledger.directory.path + "/no/such"] {
            let refused = try ledger.run("init", "--ledger", path)
            #expect(refused.ending == .exit(66))
            #expect(refused.messages.count == 1)
            #expect(refused.stdout.isEmpty)
            #expect(refused.stderr.contains(path))
        }
    }
}
