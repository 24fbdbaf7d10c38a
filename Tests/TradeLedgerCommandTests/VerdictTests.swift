import LedgerTestSupport
import Testing

@Suite struct `The exit status of a check` {
    /// A ledger in which the second of three frames is damaged.
    private func damagedLedger() throws -> CommandLedger {
        let ledger = try CommandLedger()
        for id in ["a", "b", "c"] { try ledger.append([EventText.opened(id), EventText.closed(id)]) }
        var segment = try StoredFile(ledger.path + "/00000000000000000001.segment")
        segment.bytes[200] ^= 1
        try segment.write()
        return ledger
    }

    /// Runs a command whose reader has closed the pipe before the command starts; returns its status and messages.
    private func runWithoutReader(_ command: String, _ ledger: CommandLedger) throws -> (status: String, [String]) {
        let outcome = try ledger.shell(
            #"""
            mkfifo "$D/gate"
            { read -r _ <"$D/gate"; \#(command); echo $? >"$D/status"; } | { exec <&-; echo >"$D/gate"; }
            cat "$D/status"; rm "$D/gate" "$D/status"
            """#
        )
        return (try #require(outcome.lines.last), outcome.messages)
    }

    @Test(
        arguments: [
            (#""$T" verify"#, "1", "verify found problems in 1 check: log: "),
            (#""$T" verify --quiet --format table"#, "1", "verify found problems in 1 check: log: "),
            (#""$T" repair"#, "74", "repair found 1 damaged place: 00000000000000000001.segment at offset 64: "),
        ]
    )
    func `is its verdict on a damaged ledger, whatever happens to stdout`(
        _ command: String,
        _ status: String,
        _ findings: String
    ) throws {
        let ledger = try damagedLedger()
        let closed = try runWithoutReader(command, ledger)
        #expect(closed.status == status)
        #expect(closed.1.count == 1 && closed.1[0].hasPrefix("tradeledger: " + findings), "\(closed.1)")
        let full = try ledger.shell(command + " >/dev/full")
        #expect(full.ending == .exit(Int32(status) ?? -1))
        #expect(full.messages.first?.hasPrefix("tradeledger: " + findings) == true, "\(full.stderr)")
        #expect(full.stderr.contains("cannot write to stdout"))
    }

    @Test(arguments: ["json", "csv", "table"])
    func `is that of the difference between two moments, whatever happens to stdout`(_ format: String) throws {
        let ledger = try CommandLedger([EventText.opened("a"), EventText.opened("b")])
        let command = #""$T" diff @0 @2 --format "# + format
        let closed = try runWithoutReader(command, ledger)
        #expect(closed.status == "1")
        let findings =
            "diff found rows that differ: trades (0 in fields, 0 only in a, 2 only in b), "
            + "balances (0 in fields, 0 only in a, 2 only in b), positions (0 in fields, 0 only in a, 1 only in b), "
            + "portfolios (0 in fields, 0 only in a, 1 only in b); the first is a in trade_id"
        #expect(closed.1.last == "tradeledger: " + findings)
        #expect(try ledger.shell(command + " >/dev/full").ending == .exit(1))
        let quiet = try ledger.shell(command + " --quiet >&-")
        #expect(quiet.ending == .exit(1) && quiet.stderr.contains(findings))
    }

    @Test func `is 1 if a self-test lost an event, and the evidence stays, whatever happens to stdout`() throws {
        let ledger = try CommandLedger()
        let fault = Fault(files: Fault.segments, call: "pwrite", effect: "lost").environment
            .map { "\($0)='\($1)'" }.joined(separator: " ")
        let closed = try runWithoutReader(fault + #" "$T" selftest --rounds 3 --seed 4 --quiet"#, ledger)
        #expect(closed.status == "1")
        #expect(try ledger.shell(#"ls -d "$D"/ledger/selftest-*/ledger"#).lines.count == 1)
    }

    @Test(arguments: ["verify", "repair", "diff @1 @1", "selftest --rounds 1", "verify-proof $D/proof"])
    func `is 0 if nothing was found and the reader is gone, and 74 if stdout cannot be written to`(
        _ command: String
    ) throws {
        let ledger = try CommandLedger([EventText.opened("a")])
        try ledger.shell(#""$T" init --signing-key --quiet && "$T" prove a >"$D/proof""#)
        #expect(try runWithoutReader(#""$T" "# + command, ledger).status == "0")
        let printsNothing = ["repair", "diff @1 @1"].contains(command)
        #expect(try ledger.shell(#""$T" \#(command) >/dev/full"#).ending == .exit(printsNothing ? 0 : 74))
    }
}
