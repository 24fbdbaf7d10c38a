import Ledger
import LedgerTestSupport
import Testing
import TradeModel

@Suite struct `Commit of many producers` {
    /// The answers to producers, to compare them with the log.
    private final class Receipts: Sendable {
        private let byProducer: Lock<[Int: [UInt64]]> = Lock([:])

        func note(_ receipt: Receipt, of producer: Int) {
            byProducer.withLock { $0[producer, default: []].append(receipt.sequence) }
        }

        var all: [Int: [UInt64]] { byProducer.withLock { $0 } }
    }

    /// Sequences have no gap, each producer's are ascending, and the log holds under each what its producer sent.
    private func check(_ receipts: Receipts, _ directory: TemporaryDirectory, eachOf count: Int) throws {
        let sequences = receipts.all.values.flatMap { $0 }.sorted()
        #expect(sequences == Array(1...UInt64(sequences.count)))
        let events = try LedgerReader(opening: directory.path).all()
        #expect(events.count == sequences.count)
        for (producer, own) in receipts.all {
            #expect(own == own.sorted())
            #expect(own.map { events[Int($0) - 1].body.subject } == (0..<count).map { "\(producer)/\($0)" })
        }
    }

    @Test func `sixteen threads get each event acknowledged, without a gap and in their own order`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        let receipts = Receipts()
        onThreads(16) { producer in
            do {
                for index in 0..<200 {
                    receipts.note(try ledger.append(try TradeEvents.opened("\(producer)/\(index)")), of: producer)
                }
            } catch {
                Issue.record("\(error)")
            }
        }
        ledger.close()
        #expect(receipts.all.count == 16)
        try check(receipts, directory, eachOf: 200)
    }

    @Test func `sixty-four tasks get each event acknowledged, without a gap and in their own order`() async throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        let receipts = Receipts()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for producer in 0..<64 {
                group.addTask {
                    for index in 0..<50 {
                        let receipt = try await ledger.append(try TradeEvents.opened("\(producer)/\(index)"))
                        receipts.note(receipt, of: producer)
                    }
                }
            }
            try await group.waitForAll()
        }
        ledger.close()
        #expect(receipts.all.count == 64)
        try check(receipts, directory, eachOf: 50)
    }

    @Test func `the same event from many threads is appended once`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        let statuses = Lock<[Receipt.Status: Int]>([:])
        onThreads(8) { _ in
            do {
                for index in 0..<50 {
                    let receipt = try ledger.append(try TradeEvents.opened("t\(index)", fillID: "f"))
                    statuses.withLock { $0[receipt.status, default: 0] += 1 }
                }
            } catch {
                Issue.record("\(error)")
            }
        }
        #expect(statuses.withLock { $0 } == [.appended: 50, .duplicate: 350])
        #expect(try ledger.durableSequence == 50)
        ledger.close()
    }

    @Test func `batches of many threads keep their events together`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        onThreads(8) { producer in
            do {
                for index in 0..<20 {
                    let id = "\(producer)/\(index)"
                    let receipts = try ledger.append(batch: [
                        try TradeEvents.opened(id), try TradeEvents.increased(id), try TradeEvents.closed(id),
                    ])
                    let first = receipts[0].sequence
                    #expect(receipts.map(\.sequence) == [first, first + 1, first + 2])
                }
            } catch {
                Issue.record("\(error)")
            }
        }
        #expect(try ledger.durableSequence == 480)
        #expect(try ledger.openTrades().isEmpty)
        ledger.close()
    }

    @Test func `closing answers queued requests and refuses later ones`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        let receipts = Receipts()
        let refusals = Lock(0)
        onThreads(9) { producer in
            if producer == 8 {
                while receipts.all.count < 8 {}
                return ledger.close()
            }
            for index in 0..<10_000 {
                do throws(AppendError) {
                    receipts.note(try ledger.append(try opened("\(producer)/\(index)")), of: producer)
                } catch {
                    guard case .failed(let reason) = error, reason.code == .unusable else {
                        Issue.record("\(error)")
                        return
                    }
                    return refusals.withLock { $0 += 1 }
                }
            }
        }
        #expect(refusals.withLock { $0 } == 8)
        let acknowledged = receipts.all.values.flatMap { $0 }.sorted()
        #expect(acknowledged == Array(1...UInt64(acknowledged.count)))
        #expect(try LedgerReader(opening: directory.path).durableSequence() == UInt64(acknowledged.count))
    }

    private func opened(_ id: String) throws(AppendError) -> EventDraft {
        do { return try TradeEvents.opened(id) } catch { preconditionFailure("the event breaks no rule: \(error)") }
    }
}
