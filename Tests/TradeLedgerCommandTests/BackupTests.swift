import Glibc
import LedgerTestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct `The command backup` {
    /// Events so long that a few hundred of them take several segments.
    private func longLines(_ count: Int) -> [String] {
        let context = #","context":{"note":"\#(String(repeating: "x", count: 100_000))"}"#
        return (0..<count).map { EventText.opened("t\($0)", more: context) }
    }

    /// A writer that appends all of the lines as fast as it can.
    private func startAppending(_ lines: [String], to ledger: CommandLedger) throws -> ChildProcess {
        let file = try ledger.file("input.ndjson", lines.map { $0 + "\n" }.joined())
        return try ledger.start(["append", "--quiet", file], input: .bytes([]))
    }

    private func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    private func sequence(_ outcome: ChildProcess.Outcome) throws -> Int {
        let report = try jsonObject(try #require(outcome.lines.first))
        return try #require(report["sequence"]?.number.map { Int($0) })
    }

    @Test func `copies a ledger again and again while events are appended at full speed`() throws {
        let lines = longLines(180)
        let ledger = try CommandLedger(Array(lines.prefix(10)))
        let backup = ledger.directory.path + "/backup"
        let process = try startAppending(Array(lines.dropFirst(10)), to: ledger)
        var sequences: [Int] = []
        while sequences.count < 3 || (sequences.last ?? 0) < lines.count {
            let outcome = try ledger.run("backup", backup)
            try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
            sequences.append(try sequence(outcome))
            guard sequences.count <= 3 else { continue }
            let verify = try ledger.run("verify", "--ledger", backup)
            #expect(verify.ending == .exit(0), "\(verify.stdout)")
        }
        #expect(try process.finish().ending == .exit(0))
        #expect(sequences == sequences.sorted() && sequences.last == lines.count)
        let restored = ledger.directory.path + "/restored"
        #expect(try ledger.run("restore", backup, "--ledger", restored).ending == .exit(0))
        #expect(try ledger.run("events", "--ledger", restored).stdout == ledger.run("events").stdout)
        let next = try ledger.run("append", "--ledger", restored, input: EventText.opened("next") + "\n")
        #expect(next.ending == .exit(0) && next.stdout.contains(#""sequence":181"#))
    }

    @Test func `continues after it was killed at any moment`() throws {
        let lines = longLines(180)
        let ledger = try CommandLedger(lines)
        let backup = ledger.directory.path + "/backup"
        let segments = try ledger.shell(#"ls "$D/ledger" | grep -E '[0-9][.](segment|sealed)'"#).lines
        #expect(segments.count > 2)
        for file in ["durable", "backup"] + segments.dropLast() {
            let process = try ledger.start(["backup", backup], input: .bytes([]))
            while !exists(backup + "/" + file) { sched_yield() }
            try process.send(SIGKILL)
            _ = try process.finish()
            let events = try ledger.run("events", "--ledger", backup)
            #expect(events.ending == .exit(0) || events.ending == .exit(66), "\(events.stderr)")
            #expect(try ledger.run("events").stdout.hasPrefix(events.stdout))
        }
        #expect(try sequence(ledger.run("backup", backup)) == lines.count)
        #expect(try ledger.run("events", "--ledger", backup).stdout == ledger.run("events").stdout)
        #expect(try ledger.run("verify", "--ledger", backup).ending == .exit(0))
    }

    @Test func `ends with the documented status`() throws {
        let ledger = try CommandLedger([EventText.opened("a")])
        let backup = ledger.directory.path + "/backup"
        #expect(try ledger.run("backup").ending == .exit(64))
        #expect(try ledger.run("backup", backup, "--ledger", "/nowhere").ending == .exit(66))
        #expect(!exists(backup))
        #expect(try ledger.run("backup", ledger.directory.path + "/no/where").ending == .exit(66))
        #expect(try ledger.run("restore", backup, "--ledger", backup + "2").ending == .exit(66))
        #expect(try ledger.run("backup", backup).ending == .exit(0))
        #expect(try ledger.run("backup", ledger.path).ending == .exit(64))
        let append = try ledger.run("append", "--ledger", backup, input: EventText.opened("b") + "\n")
        #expect(append.ending == .exit(64) && append.stderr.contains("tradeledger restore"))
        for command in ["events", "trades", "verify", "status", "rejected"] {
            #expect(try ledger.run(command, "--ledger", backup).ending == .exit(0), "\(command)")
        }
        #expect(try ledger.run("restore", backup).ending == .exit(64))
        #expect(try ledger.shell(#"cp -r "$D/ledger" "$D/old""#).ending == .exit(0))
        try ledger.append([EventText.opened("b")])
        #expect(try ledger.run("backup", backup).ending == .exit(0))
        let fork = try ledger.run("backup", backup, "--ledger", ledger.directory.path + "/old")
        #expect(fork.ending == .exit(1) && fork.stderr.contains("holds more events"))
    }

    @Test(arguments: [
        #"cd "$D/ledger" && "$T" backup inside"#, #""$T" backup "$D/ledger/inside""#,
        #""$T" backup "$D/other/../ledger/inside/""#, #""$T" backup "$D/link/inside""#, #""$T" backup "$D/link""#,
        #"mkdir "$D/ledger/inside" && ln -s "$D/ledger/inside" "$D/into" && "$T" backup "$D/into""#,
        #""$T" backup "$D/ledger/inside" --ledger "$D/link""#,
        #""$T" replay --into "$D/link/inside""#, #""$T" export --as audit --out "$D/link/inside""#,
    ])
    func `and others refuse to write into the ledger's own directory, by any path`(script: String) throws {
        let ledger = try CommandLedger([EventText.opened("a")])
        try ledger.run("init", "--signing-key")
        try #require(try ledger.shell(#"mkdir "$D/other" && ln -s "$D/ledger" "$D/link""#).ending == .exit(0))
        let outcome = try ledger.shell(script)
        #expect(outcome.ending == .exit(64))
        #expect(outcome.stderr.contains("lies in it"), "\(outcome.stderr)")
        #expect(try ledger.shell(#"ls -A "$D/ledger/inside""#).stdout.isEmpty)
    }

    @Test func `cannot be restored into its own directory`() throws {
        let ledger = try CommandLedger([EventText.opened("a")])
        let backup = ledger.directory.path + "/backup"
        try ledger.run("backup", backup)
        let refused = try ledger.run("restore", backup, "--ledger", backup + "/ledger")
        #expect(refused.ending == .exit(64) && refused.stderr.contains("lies in it"))
        #expect(!exists(backup + "/ledger"))
    }

    @Test(arguments: [[], ["--signing-key"], ["--rotate-key"]])
    func `creates a directory that init does not change`(options: [String]) throws {
        let ledger = try CommandLedger([EventText.opened("a")])
        let backup = ledger.directory.path + "/backup"
        try ledger.run("backup", backup)
        let before = try ledger.shell(#"ls -A "$D/backup""#).stdout
        let refused = try ledger.start(["init", "--ledger", backup] + options, input: .bytes([])).finish()
        #expect(refused.ending == .exit(64))
        #expect(refused.stderr.contains("is a backup") && refused.stderr.contains("tradeledger restore"))
        #expect(refused.stdout.isEmpty)
        #expect(try ledger.shell(#"ls -A "$D/backup""#).stdout == before)
    }
}

@Suite struct `A plain copy` {
    @Test func `of a directory in use is distinguished from one after a crash`() throws {
        let ledger = try CommandLedger()
        let writer = try ledger.start(["append"])
        try writer.write(EventText.opened("a") + "\n")
        _ = try writer.readLine()
        #expect(try ledger.shell(#"cp -r "$D/ledger" "$D/copy""#).ending == .exit(0))
        let copy = ledger.directory.path + "/copy"
        let refused = try ledger.run("append", "--ledger", copy, input: EventText.opened("b") + "\n")
        #expect(refused.ending == .exit(74))
        #expect(refused.stderr.contains("plain copy") && refused.stderr.contains("tradeledger backup"))
        #expect(try ledger.run("verify", "--ledger", copy).ending == .exit(1))
        #expect(try ledger.run("status", "--ledger", copy).stdout.contains("plain copy"))
        #expect(try ledger.run("status").stdout.contains(#""writer":\#(writer.pid),"#))
        try writer.send(SIGKILL)
        _ = try writer.finish()
        try ledger.append([EventText.opened("b")])
        #expect(try ledger.run("repair", "--ledger", copy).ending == .exit(74))
        #expect(try ledger.run("repair", "--mend", "--ledger", copy).ending == .exit(0))
        let taken = try ledger.run("append", "--ledger", copy, input: EventText.opened("c") + "\n")
        #expect(taken.ending == .exit(0))
    }
}
