import LedgerTestSupport
import Testing

@Suite struct `The command append on a full disk` {
    private let ledger: CommandLedger

    init() throws {
        ledger = try CommandLedger()
    }

    @Test(.mounts(.tmpfs)) func `refuses opens, accepts closes, and continues when space returns, on tmpfs`() throws {
        try fill(.tmpfs, mebibyteCount: 28)
    }

    @Test(.mounts(.ext4)) func `refuses opens, accepts closes, and continues when space returns, on ext4`() throws {
        try fill(.ext4, mebibyteCount: 48)
    }

    private func fill(_ kind: SmallDisk.Kind, mebibyteCount: Int) throws {
        let disk = try SmallDisk(kind, mebibyteCount: mebibyteCount)
        let environment = ["TRADELEDGER_DIR": disk.path + "/ledger"]
        let made = try ledger.run("init", environment: environment)
        try #require(made.ending == .exit(0), "\(made.stderr)")
        let process = try ledger.start(["append"], environment: environment)
        #expect(try process.answer(EventText.opened("t0")) == nil)
        try disk.fill()
        let count = try process.fillWithOpens()
        #expect(try process.answer(EventText.closed("t0")) == nil)
        #expect(try process.answer(EventText.closed("t0", price: "1")) == "trade_closed")
        let events = try ledger.run("events", "--trade", "t0", environment: environment)
        #expect(events.lines.count == 2)
        #expect(try ledger.run("verify", environment: environment).ending == .exit(0))
        let status = try ledger.run("status", "--format", "json", environment: environment)
        #expect(status.stdout.contains("there is no next segment"))
        try disk.empty()
        #expect(try process.answer(EventText.opened("after")) == nil)
        let outcome = try process.finish()
        #expect(outcome.ending == .exit(74))
        #expect(outcome.stderr.contains("\(count + 2) appended, 0 duplicates, 2 rejected, 1 of them because the disk"))
        let verified = try ledger.run("verify", environment: environment)
        #expect(verified.ending == .exit(0), "\(verified.stdout)")
        let rejected = try ledger.run("rejected", environment: environment).lines.map(jsonObject)
        #expect(rejected.map { $0["code"]?.text } == ["disk_full", "trade_closed"])
        #expect(try ledger.run("append", input: EventText.opened("x"), environment: environment).ending == .exit(0))
    }

    @Test func `treats the limit of file sizes as a full disk, and continues when it is raised`() throws {
        // Half a MiB, in units of 512 bytes.
        let process = try ChildProcess(
            "/bin/sh",
            ["-c", #"ulimit -S -f 1024; exec "$T" append"#],
            environment: ["TRADELEDGER_DIR": ledger.path, "T": CommandLedger.program],
            input: .pipe
        )
        #expect(try process.answer(EventText.opened("t0")) == nil)
        let count = try process.fillWithOpens()
        #expect(count <= 9)
        #expect(try process.answer(EventText.closed("t0")) == nil)
        let raised = try ledger.shell("prlimit --pid \(process.pid) --fsize=unlimited")
        try #require(raised.ending == .exit(0), "\(raised.stderr)")
        #expect(try process.answer(EventText.opened("after")) == nil)
        #expect(try process.finish().ending == .exit(74))
        #expect(try ledger.run("verify").ending == .exit(0))
        #expect(try ledger.events().count == count + 2)
    }
}

extension ChildProcess {
    /// Sends an event to `append` and returns the code with which it is rejected; nil if it is accepted.
    fileprivate func answer(_ line: String) throws -> String? {
        try write(line + "\n")
        return try jsonObject(try #require(try readLine()))["code"]?.text
    }

    /// Opens trades after `t0`, 60 KiB each, until one is refused; returns the number of open ones.
    fileprivate func fillWithOpens() throws -> Int {
        let padding = #","context":{"pad":""# + String(repeating: "p", count: 60 << 10) + #""}"#
        var count = 1
        while true {
            guard let code = try answer(EventText.opened("t\(count)", more: padding)) else {
                count += 1
                continue
            }
            #expect(code == "disk_full")
            return count
        }
    }
}
