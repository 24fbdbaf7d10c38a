import Glibc
import Ledger
import LedgerTestSupport
import Testing
import TradeModel

@Suite(.timeLimit(.minutes(30))) struct `The commands halt, resume, adjust, annotate and void` {
    private let ledger: CommandLedger

    init() throws {
        ledger = try CommandLedger()
    }

    private static let halt = ["halt", "all", "--reason", "exchange is down", "--actor", "maria"]
    private static let resume = ["resume", "all", "--reason", "exchange is back", "--actor", "maria"]
    private static let adjust = [
        "adjust", "t", "--kind", "funding", "--cost", "-1.25", "--reason", "missed", "--actor", "maria",
    ]
    private static let intent =
        #"{"type":"order.submitted","order_id":"o","occurred_at":"2026-01-02T03:04:05Z","symbol":"BTC/USDT","#
        + #""side":"buy","order_type":"market","amount":"1"}"#

    /// A co-process that holds the ledger, with the trade t at sequence 1.
    private func writer() throws -> ChildProcess {
        let writer = try ledger.start(["append"])
        try writer.write(EventText.opened("t") + "\n")
        try #require(try #require(try writer.readLine()).contains(#""status":"appended""#))
        return writer
    }

    private func run(_ arguments: [String]) throws -> ChildProcess.Outcome {
        try ledger.start(arguments, input: .bytes([])).finish()
    }

    /// Waits until this many requests wait for a writer.
    private func waitForRequests(_ count: Int) throws {
        while try RequestCounts(PosixStorage(directory: ledger.path)).waiting < count { sched_yield() }
    }

    @Test func `append the event themselves if no process has the ledger open`() throws {
        try ledger.append([EventText.opened("t")])
        let remark = ["--reason", "r", "--actor", "a"]
        let commands = [
            Self.halt, Self.resume, Self.adjust,
            ["annotate", "t"] + remark + ["--context", "{\"checked\":\n true}", "--at", "2026-01-03"],
            ["void", "t"] + remark,
        ]
        for (index, arguments) in commands.enumerated() {
            let outcome = try run(arguments)
            #expect(outcome.ending == .exit(0), "\(outcome.stderr)")
            let answer = try jsonObject(outcome.lines[0])
            #expect(outcome.lines.count == 1 && answer["status"] == .string("appended"))
            #expect(answer["sequence"] == .integer(Int64(index + 2)))
            #expect(try ledger.events()[index + 1]["event_id"] == answer["event_id"])
        }
        let events = try ledger.events("--from", "2")
        #expect(
            events.compactMap { $0["type"]?.text } == [
                "risk.halted", "risk.resumed", "trade.adjusted", "trade.annotated", "trade.voided",
            ]
        )
        #expect(events[0]["scope"] == .string("all") && events[0]["reason"] == .string("exchange is down"))
        #expect(events.allSatisfy { $0["actor"] == .string("maria") || $0["actor"] == .string("a") })
        #expect(events[2]["kind"] == .string("funding") && events[2]["cost"] == .string("-1.25"))
        #expect(events[3]["context"] == .object(["checked": .bool(true)]))
        #expect(events[3]["occurred_at"] == .string("2026-01-03T00:00:00.000000Z"))
    }

    @Test func `are appended by a co-process that waits for input, and a halt then refuses its intents`() throws {
        let writer = try writer()
        let answer = try jsonObject(try #require(try run(Self.halt).lines.first))
        #expect(answer["status"] == .string("appended") && answer["sequence"] == .integer(2))
        try writer.write(Self.intent + "\n")
        let refused = try jsonObject(try #require(try writer.readLine()))
        #expect(refused["code"] == .string("halted"))
        #expect(refused["message"]?.text?.contains("exchange is down") == true)
        #expect(try run(Self.adjust).ending == .exit(0))
        let outcome = try writer.finish()
        #expect(outcome.ending == .exit(65))
        let types = try ledger.events().compactMap { $0["type"]?.text }
        #expect(types == ["trade.opened", "risk.halted", "trade.adjusted"])
        // Answers that were read are gone.
        #expect(try PosixStorage(directory: ledger.path + "/requests").list() == ["spare"])
        #expect(try ledger.run("verify").ending == .exit(0))
        #expect(try ledger.run("repair").ending == .exit(0))
    }

    @Test func `take effect on an intent that is sent as soon as the file of the request is there`() throws {
        let writer = try writer()
        let folder = PosixStorage(directory: ledger.path + "/requests")
        for number in 0..<200 {
            let isHalt = number.isMultiple(of: 2)
            let digits = String(1_000_000 + number)
            let request =
                #"{"type":"risk.\#(isHalt ? "halted" : "resumed")","scope":"all","reason":"r","actor":"a","#
                + #""event_id":"00000000-0000-4000-8000-00000\#(digits)","occurred_at":"2026-01-02T03:04:05Z"}"#
            _ = try ledger.file("ledger/requests/\(digits).tmp", request)
            try folder.rename("\(digits).tmp", to: "0000000000000\(digits)-0000000000000001.request")
            let intent = Self.intent.replacing(#""order_id":"o""#, with: #""order_id":"\#(number)""#)
            try writer.write(intent + "\n")
            let answer = try jsonObject(try #require(try writer.readLine()))
            #expect(answer["code"] == (isHalt ? .string("halted") : nil), "request \(number)")
            #expect(answer["status"] == .string(isHalt ? "rejected" : "appended"), "request \(number)")
        }
        #expect(try writer.finish().ending == .exit(65))
    }

    @Test func `reach a program that has the ledger open with the library`() throws {
        let library = try Ledger(opening: ledger.path)
        defer { library.close() }
        #expect(try jsonObject(try #require(try run(Self.halt).lines.first))["sequence"] == .integer(1))
        #expect(try library.durableSequence == 1)
        let outcome = library.append(lines: [EventLine(Array(Self.intent.utf8))])[0]
        guard case .failure(.rejected(let rejection)) = outcome else {
            Issue.record("the halt has no effect: \(outcome)")
            return
        }
        #expect(rejection.code == .halted)
    }

    @Test func `keep their order if several wait for a writer`() throws {
        let writer = try writer()
        try writer.stop()
        let first = try ledger.start(Self.halt, input: .bytes([]))
        try waitForRequests(1)
        let second = try ledger.start(Self.resume, input: .bytes([]))
        try waitForRequests(2)
        try writer.send(SIGCONT)
        #expect(try jsonObject(first.finish().lines[0])["sequence"] == .integer(2))
        #expect(try jsonObject(second.finish().lines[0])["sequence"] == .integer(3))
        #expect(try ledger.events("--from", "2").compactMap { $0["type"]?.text } == ["risk.halted", "risk.resumed"])
    }

    @Test func `append the event themselves if the process that had the ledger open is killed meanwhile`() throws {
        let writer = try writer()
        try writer.stop()
        let halt = try ledger.start(Self.halt, input: .bytes([]))
        try waitForRequests(1)
        try writer.send(SIGKILL)
        let outcome = try halt.finish()
        #expect(outcome.ending == .exit(0), "\(outcome.stderr)")
        #expect(try jsonObject(outcome.lines[0])["sequence"] == .integer(2))
        #expect(try ledger.events().compactMap { $0["type"]?.text } == ["trade.opened", "risk.halted"])
    }

    @Test func `end with 75 if the process takes nothing; the halt stays, the adjustment is withdrawn`() throws {
        let writer = try writer()
        try writer.stop()
        let (halt, adjust) = (
            try ledger.start(Self.halt, input: .bytes([])), try ledger.start(Self.adjust, input: .bytes([]))
        )
        let (stays, withdrawn) = (try halt.finish(), try adjust.finish())
        for outcome in [stays, withdrawn] {
            #expect(outcome.ending == .exit(75))
            #expect(outcome.stdout.isEmpty && outcome.messages.count == 1)
        }
        #expect(stays.stderr.contains("the request stays in \(ledger.path)/requests/"))
        #expect(withdrawn.stderr.contains("the request was withdrawn"))
        let status = try jsonObject(try #require(try ledger.run("status").lines.first))
        #expect(status["waiting_requests"] == .integer(1))
        try writer.send(SIGCONT)
        // The writer takes everything that waits before it answers this command.
        #expect(try run(Self.resume).ending == .exit(0))
        #expect(
            try ledger.events().compactMap { $0["type"]?.text } == ["trade.opened", "risk.halted", "risk.resumed"]
        )
    }

    @Test(.mounts(.tmpfs)) func `reach a writer on a full disk, on tmpfs`() throws {
        try haltOnFullDisk(.tmpfs, mebibyteCount: 28)
    }

    @Test(.mounts(.ext4)) func `reach a writer on a full disk, on ext4`() throws {
        try haltOnFullDisk(.ext4, mebibyteCount: 48)
    }

    private func haltOnFullDisk(_ kind: SmallDisk.Kind, mebibyteCount: Int) throws {
        let disk = try SmallDisk(kind, mebibyteCount: mebibyteCount)
        let environment = ["TRADELEDGER_DIR": disk.path + "/ledger"]
        try #require(try ledger.run("init", environment: environment).ending == .exit(0))
        let writer = try ledger.start(["append"], environment: environment)
        try writer.write(EventText.opened("t") + "\n")
        try #require(try #require(try writer.readLine()).contains(#""status":"appended""#))
        try disk.fill()
        let halt = try ledger.start(Self.halt, input: .bytes([]), environment: environment).finish()
        #expect(halt.ending == .exit(0), "\(halt.stderr)")
        #expect(try jsonObject(try #require(halt.lines.first))["sequence"] == .integer(2))
        try writer.write(Self.intent + "\n")
        #expect(try jsonObject(try #require(try writer.readLine()))["code"] == .string("halted"))
        #expect(try writer.finish().ending == .exit(65))
    }

    @Test func `print the code and the message of a rejection, and end with 65`() throws {
        let void = ["void", "other", "--reason", "r", "--actor", "a"]
        let direct = try run(void)
        let writer = try writer()
        let requested = try run(void)
        for outcome in [direct, requested] {
            #expect(outcome.ending == .exit(65))
            let answer = try jsonObject(try #require(outcome.lines.first))
            #expect(answer["status"] == .string("rejected") && answer["code"] == .string("unknown_trade"))
            #expect(answer["message"]?.text?.contains("there is no trade other") == true)
        }
        #expect(try ledger.run("rejected").lines.count == 2)
        #expect(try run(void + ["--format", "table"]).stdout.hasPrefix("rejected: unknown_trade: there is no trade"))
        #expect(try writer.finish().ending == .exit(0))
    }

    @Test func `say on a terminal what they did`() throws {
        let outcome = try ledger.shell(#"script -qec "$T halt symbol:X --reason r --actor a" /dev/null"#)
        #expect(outcome.stdout.hasPrefix("halted symbol:X at sequence 1, event "))
    }

    @Test func `are not disturbed by a file that is no request, which append and status report`() throws {
        let writer = try writer()
        #expect(try run(Self.halt).ending == .exit(0))
        let file = "\(ledger.path)/requests/00000000001700000000-0000000000000000"
        _ = try ledger.shell(#"echo '{"type":"trade.closed"}' >'\#(file).request'"#)
        #expect(try run(Self.resume).ending == .exit(0))
        let status = try ledger.run("status")
        #expect(try jsonObject(status.lines[0])["malformed_requests"] == .integer(1))
        #expect(status.stderr.contains("1 file in \(ledger.path)/requests could not be used as a request"))
        let outcome = try writer.finish()
        #expect(outcome.stderr.contains("warning: ignored what is now \(file).malformed"))
        #expect(outcome.stderr.contains("missing_field"))
        #expect(try ledger.events().count == 3)
    }

    @Test func `go neither into a backup nor into what is restored from it`() throws {
        let writer = try writer()
        #expect(try run(Self.halt).ending == .exit(0))
        let (backup, restored) = (ledger.directory.path + "/backup", ledger.directory.path + "/restored")
        #expect(try ledger.run("backup", backup).ending == .exit(0))
        #expect(try ledger.run("restore", backup, "--ledger", restored).ending == .exit(0))
        for path in [backup, restored] { #expect(try !PosixStorage(directory: path).list().contains("requests")) }
        let outcome = try run(Self.halt + ["--ledger", backup])
        #expect(outcome.ending == .exit(64) && outcome.stderr.contains("is a backup"))
        #expect(try writer.finish().ending == .exit(0))
    }
}
