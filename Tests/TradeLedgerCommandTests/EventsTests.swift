import Glibc
import LedgerTestSupport
import Testing

@Suite struct `The command events` {
    private let lines = EventText.generated(300, seed: 41)
    private let ledger: CommandLedger

    init() throws {
        ledger = try CommandLedger(lines)
    }

    @Test func `filters by sequence, trade and type`() throws {
        let all = try ledger.events()
        #expect(all.map { $0["sequence"]?.number } == Array(1...300))
        #expect(try ledger.events("--from", "290") == Array(all.suffix(11)))
        #expect(try ledger.events("--to", "7") == Array(all.prefix(7)))
        #expect(try ledger.events("--from", "10", "--to", "12") == Array(all[9...11]))
        #expect(try ledger.events("--from", "12", "--to", "10").isEmpty)
        #expect(try ledger.events("--from", "301").isEmpty)
        let ofTrade = try ledger.events("--trade", "trade-3")
        #expect(!ofTrade.isEmpty && ofTrade == all.filter { $0["trade_id"] == .string("trade-3") })
        let closes = try ledger.events("--type=trade.closed")
        #expect(!closes.isEmpty && closes == all.filter { $0["type"] == .string("trade.closed") })
        let both = try ledger.events("--trade", "trade-3", "--type", "trade.opened", "--from", "1", "--to", "300")
        #expect(both.count == 1)
        #expect(try ledger.events("--trade", "nobody").isEmpty)
    }

    @Test func `prints lines that another ledger accepts and prints again`() throws {
        let printed = try ledger.run("events").stdout
        let copy = try CommandLedger()
        #expect(try copy.run("append", "--quiet", input: printed).ending == .exit(0))
        let own: Set = ["sequence", "recorded_at", "ledger_id"]
        let original = try ledger.events().map { $0.filter { !own.contains($0.key) } }
        #expect(try copy.events().map { $0.filter { !own.contains($0.key) } } == original)
        #expect(try ledger.events().allSatisfy { own.isSubset(of: $0.keys) })
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `follows a writer in another process until a signal`(_ signal: Int32) throws {
        let follower = try ledger.start(["events", "--follow", "--from", "300"])
        #expect(try jsonObject(try #require(try follower.readLine()))["sequence"] == .integer(300))
        let writer = try ledger.start(["append"])
        for number in Int64(301)...305 {
            try writer.write(EventText.opened("new-\(number)") + "\n")
            #expect(try writer.readLine() != nil)
            #expect(try jsonObject(try #require(try follower.readLine()))["sequence"] == .integer(number))
        }
        try follower.send(signal)
        #expect(try follower.finish().ending == .exit(0))
        #expect(try writer.finish().ending == .exit(0))
    }

    @Test func `follows up to a sequence`() throws {
        let follower = try ledger.start(["events", "--follow", "--from", "300", "--to", "302"])
        #expect(try follower.readLine() != nil)
        try ledger.append(["a", "b", "c"].map { EventText.opened($0) })
        let outcome = try follower.finish()
        #expect(outcome.ending == .exit(0))
        #expect(try outcome.lines.map { try jsonObject($0)["sequence"]?.number } == [301, 302])
    }
}
