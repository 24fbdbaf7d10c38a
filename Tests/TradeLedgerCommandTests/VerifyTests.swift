import LedgerTestSupport
import Testing

@Suite struct `The commands verify and status` {
    @Test func `every check of an intact ledger is ok`() throws {
        let ledger = try CommandLedger(EventText.generated(500, seed: 51))
        let outcome = try ledger.run("verify")
        #expect(outcome.ending == .exit(0))
        #expect(outcome.stderr.isEmpty)
        let checks = try outcome.lines.map(jsonObject)
        #expect(
            checks.map { $0["check"]?.text } == [
                "log", "clock", "fold", "merkle", "identities", "snapshots", "rejected",
            ]
        )
        #expect(checks.allSatisfy { $0["verdict"] == .string("ok") && $0["problem"] == .null })
    }

    @Test func `work that takes less than a second shows no progress on a terminal`() throws {
        let ledger = try CommandLedger(EventText.generated(20, seed: 54))
        // script(1) gives a command a terminal, and prints what it shows there.
        let shown = try ledger.shell(#"script -qec "$T verify" /dev/null"#).stdout
        #expect(shown.hasPrefix("check ") && !shown.contains("verify [") && !shown.contains("\u{1B}"))
        let piped = try ledger.shell(#"script -qec "$T verify | cat >$D/checks" /dev/null; cat $D/checks"#).stdout
        let checks = piped.split(separator: "\n")
        #expect(checks.count == 7)
        for check in checks { #expect(try jsonObject(String(check))["verdict"] == .string("ok")) }
    }

    @Test func `one changed byte in the middle of the log is found and named`() throws {
        let ledger = try CommandLedger()
        // Two frames at least, so that the damage is not at the end of the log.
        let lines = EventText.generated(3000, seed: 52)
        for part in stride(from: 0, to: lines.count, by: 300) { try ledger.append(Array(lines[part..<(part + 300)])) }
        let name = "00000000000000000001.segment"
        var segment = try StoredFile(ledger.path + "/" + name)
        segment.bytes[100_000] ^= 1
        try segment.write()
        let outcome = try ledger.run("verify")
        #expect(outcome.ending == .exit(1))
        #expect(outcome.messages.count == 1)
        let problem = try #require(try outcome.lines.map(jsonObject).first?["problem"]?.text)
        for words in [name, "offset ", "events 901 to 1200"] { #expect(problem.contains(words), "\(problem)") }
        #expect(outcome.stderr.contains(problem))
    }

    @Test(arguments: ["append", "events", "trades", "status", "verify"])
    func `a ledger of a newer format is refused`(_ command: String) throws {
        let ledger = try CommandLedger([EventText.opened("a")])
        var segment = try StoredFile(ledger.path + "/00000000000000000001.segment")
        segment.bytes[8] = 2
        let checksum = StoredFile.crc32c(segment.bytes[..<60])
        for index in 0..<4 { segment.bytes[60 + index] = UInt8(truncatingIfNeeded: checksum >> (8 * UInt32(index))) }
        try segment.write()
        let outcome = try ledger.run(command)
        #expect(outcome.ending == .exit(78))
        #expect(outcome.messages.count == 1)
        #expect(outcome.stderr.contains("version 2"))
    }

    @Test func `status has every field with its type`() throws {
        let ledger = try CommandLedger(EventText.generated(100, seed: 53))
        #expect(try ledger.run("append", input: "{}\n").ending == .exit(65))
        let status = try jsonObject(try #require(try ledger.run("status", "--format", "json").lines.first))
        let kinds = [
            "ledger_id": "string", "last_sequence": "integer", "durable_sequence": "integer", "events": "integer",
            "rejected": "integer", "segments": "integer", "sealed_segments": "integer",
            "maintenance_lag_events": "integer", "bytes": "integer", "open_trades": "integer", "writer": "null",
            "waiting_requests": "integer", "malformed_requests": "integer", "database": "null", "health": "string",
        ]
        for (name, kind) in kinds { #expect(status[name]?.kind == kind, "\(name)") }
        #expect(status["events"] == .integer(100) && status["rejected"] == .integer(1))
        let open = try ledger.run("trades", "--open").lines.count
        #expect(status["open_trades"] == .integer(Int64(open)))
        #expect(try ledger.run("status", "--format", "table").lines.count == 18)
        #expect(try ledger.run("status", "--format", "csv").lines.count == 2)
    }
}
