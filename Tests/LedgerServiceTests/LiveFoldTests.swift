import Glibc
import Ledger
import LedgerTestSupport
import Projections
import Replay
import Testing
import TradeModel

@testable import LedgerService

@Suite(.onOwnThread) struct `The state in memory` {
    @Test(arguments: [1, 2] as [UInt64])
    func `is that of the log, whichever events come`(seed: UInt64) throws {
        let followed = try FollowedLedger(seed: seed)
        try followed.append(300)
        let live = try followed.fold()
        live.start()
        defer { live.stop() }
        for count in [1, 700, 64, 65] {
            let last = try followed.append(count)
            #expect(live.follow(to: last))
            let (books, openTrades) = try BooksReplay(try followed.reader).books(keepingRecords: false)
            live.read { state in
                #expect(state.sequence == last)
                #expect(texts(state.books.orders.rows, OrderRow.columns) == texts(books.orders.rows, OrderRow.columns))
                #expect(
                    texts(state.books.positionRows, PositionRow.columns)
                        == texts(books.positionRows, PositionRow.columns)
                )
                #expect(
                    texts(state.books.balances.rows, BalanceRow.columns)
                        == texts(books.balances.rows, BalanceRow.columns)
                )
                #expect(texts(state.books.halts.rows, HaltRow.columns) == texts(books.halts.rows, HaltRow.columns))
                let ids = Set(state.openTrades.map(\.id))
                #expect(ids == Set(openTrades.map(\.id)))
            }
        }
        var known: [String: TradeHistory] = [:]
        try TradeReplay(try followed.reader).visitTrades(to: live.sequence) { known[$0.id] = $0 }
        #expect(known.count > 50)
        for (id, trade) in known {
            let found = try #require(try live.read { (state) throws(LedgerError) in try state.trade(id) })
            #expect(texts([TradeRow(found)], TradeRow.columns) == texts([TradeRow(trade)], TradeRow.columns))
        }
        #expect(try live.read { (state) throws(LedgerError) in try state.trade("nobody's") } == nil)
    }

    private func texts<Row>(_ rows: [Row], _ columns: [Column<Row>]) -> [[String?]] {
        rows.map { row in columns.map { $0.value(row).text } }
    }

    @Test func `is not to be read before it has what was durable at its start`() throws {
        let followed = try FollowedLedger(seed: 3)
        let last = try followed.append(500)
        let live = try followed.fold()
        #expect(!live.isCaughtUp && live.startSequence == last)
        live.start()
        defer { live.stop() }
        #expect(live.waits(for: last, within: .seconds(60)))
        #expect(live.isCaughtUp && live.fault == nil)
    }

    @Test func `tells those who wait whether it has reached a sequence`() throws {
        let followed = try FollowedLedger(seed: 4)
        let live = try followed.fold()
        live.start()
        #expect(live.waits(for: 0, within: .zero))
        #expect(!live.waits(for: 1, within: .milliseconds(20)))
        let answers = Lock([Bool]())
        for _ in 0..<SequenceWaiters.countMax {
            live.whenReached(1_000_000, within: .seconds(600)) { answer in answers.withLock { $0.append(answer) } }
        }
        // One more is refused at once.
        #expect(!live.waits(for: 1_000_000, within: .seconds(600)))
        live.stop()
        #expect(answers.withLock { $0 } == Array(repeating: false, count: SequenceWaiters.countMax))
        #expect(!live.waits(for: 1, within: .seconds(600)))
    }

    @Test func `forgets where the events of closed trades are once index runs know it`() throws {
        let followed = try FollowedLedger(seed: 5, families: .trade)
        let live = try followed.fold()
        live.start()
        defer { live.stop() }
        for _ in 0..<6 { #expect(live.follow(to: try followed.append(2000))) }
        // All finished segments have runs then.
        try followed.reopen()
        let last = try followed.append(9000)
        #expect(live.follow(to: last))
        #expect(live.read { $0.unindexedCount } < 12_000)
        var events = try followed.reader.events(to: 1)
        let id = try #require(try events.next()?.body.subject)
        #expect(try live.read { (state) throws(LedgerError) in try state.trade(id) } != nil)
    }

    @Test func `is folded again without index runs where one is damaged`() throws {
        let followed = try FollowedLedger(seed: 6, families: .trade)
        let last = try followed.append(6000)
        try followed.reopen()
        for name in followed.directory.files where name.hasSuffix(".run") {
            let file = followed.directory.damaged(name)
            let byteCount = try file.bytes().count
            try file.zero((byteCount - byteCount / 4)..<byteCount)
        }
        let live = try followed.fold()
        live.start()
        defer { live.stop() }
        #expect(live.waits(for: last, within: .seconds(60)))
        var closed: [String] = []
        try TradeReplay(try followed.reader).visitTrades(to: last) { trade in
            if trade.trade.status != .open { closed.append(trade.id) }
        }
        for id in closed {
            // The first question may be the one that meets the damage.
            while true {
                do {
                    #expect(try live.read { (state) throws(LedgerError) in try state.trade(id) }?.id == id)
                    break
                } catch { #expect(error.code == .unusable) }
                sched_yield()
            }
        }
        #expect(live.follow(to: try followed.append(100)))
        #expect(live.fault == nil)
    }

    @Test func `stays where it is when the log is damaged, and the ledger goes on`() throws {
        let followed = try FollowedLedger(seed: 7, families: .trade)
        let last = try followed.append(3000)
        let names = followed.directory.files.filter { $0.hasSuffix(".segment") || $0.hasSuffix(".sealed") }
        try followed.directory.damaged(names[1]).remove()
        let live = try followed.fold()
        live.start()
        defer { live.stop() }
        #expect(!live.waits(for: last, within: .seconds(60)))
        #expect(live.fault?.code == .damaged)
        #expect(!live.isCaughtUp)
        #expect(try followed.append(10) == last + 10)
    }
}
