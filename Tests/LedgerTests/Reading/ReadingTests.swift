import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `Reading beside a writer` {
    @Test func `a reader never sees a gap or an event that is not durable while many threads append`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        let reader = try LedgerReader(opening: directory.path)
        let receipts = Lock<[UInt64: EventID]>([:])
        let seen = Lock<[UInt64: EventID]>([:])
        let eventCount = 4 * 300
        onThreads(5) { index in
            do {
                if index < 4 {
                    for count in 0..<300 {
                        let receipt = try ledger.append(try TradeEvents.opened("\(index)/\(count)"))
                        receipts.withLock { $0[receipt.sequence] = receipt.eventID }
                    }
                    return
                }
                var durable: UInt64 = 0
                var stream = try reader.events()
                while durable < UInt64(eventCount) {
                    let acknowledged = receipts.withLock { $0.keys.max() ?? 0 }
                    let now = try reader.durableSequence()
                    #expect(now >= acknowledged, "an acknowledged event is not seen")
                    #expect(now >= durable, "the durable position went back")
                    durable = now
                    stream.extend(to: durable)
                    while let event = try stream.next() {
                        seen.withLock { $0[event.sequence] = event.eventID }
                    }
                    #expect(seen.withLock { $0.count } == Int(durable))
                }
            } catch {
                Issue.record("\(error)")
            }
        }
        ledger.close()
        #expect(seen.withLock { $0 } == receipts.withLock { $0 })
        #expect(seen.withLock { $0.count } == eventCount)
    }

    @Test func `a reader opens events from any sequence, with a writer and without one`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        for index in 0..<30 {
            let remark = String(repeating: "r", count: 1000)
            let id = "t\(index)"
            _ = try ledger.append(
                batch: [try TradeEvents.opened(id)] + (0..<9).map { _ in try TradeEvents.annotated(id, remark) }
            )
        }
        #expect(directory.segments.count >= 4)
        let reader = try LedgerReader(opening: directory.path)
        let all = try reader.all()
        for first in 1...301 as ClosedRange<UInt64> {
            var stream = try reader.events(from: first)
            #expect(try stream.next() == (first <= 300 ? all[Int(first) - 1] : nil))
        }
        #expect(try reader.all(from: 77) == Array(all[76...]))
        ledger.close()
        #expect(try reader.all(from: 77) == Array(all[76...]))
    }

    @Test func `a stream ends at the given sequence and continues if it is extended`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        _ = try ledger.append(batch: (1...5).map { try TradeEvents.opened("t\($0)") })
        let reader = try LedgerReader(opening: directory.path)
        var stream = try reader.events(from: 2, to: 3)
        #expect(try stream.next()?.sequence == 2)
        #expect(try stream.next()?.sequence == 3)
        #expect(try stream.next() == nil)
        let receipt = try ledger.append(try TradeEvents.opened("later"))
        stream.extend(to: receipt.sequence)
        var rest: [UInt64] = []
        while let event = try stream.next() { rest.append(event.sequence) }
        #expect(rest == [4, 5, 6])
        ledger.close()
    }

    @Test func `a reader of an empty ledger sees nothing`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let reader = try LedgerReader(opening: directory.path)
        #expect(try reader.durableSequence() == 0)
        #expect(try reader.all().isEmpty)
        let ledger = try Ledger(opening: directory.path)
        #expect(try reader.durableSequence() == 0)
        #expect(reader.ledgerID == ledger.ledgerID)
        ledger.close()
    }

    @Test func `a writer waits for readers that prove the tail, and is not refused`() throws {
        let directory = try TemporaryDirectory.withLedger()
        onThreads(2) { index in
            do {
                if index == 0 {
                    let reader = try LedgerReader(opening: directory.path)
                    for _ in 0..<20 { _ = try reader.durableSequence() }
                    return
                }
                for count in 0..<5 {
                    let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
                    _ = try ledger.append(try TradeEvents.opened("t\(count)"))
                    ledger.close()
                }
            } catch {
                Issue.record("\(error)")
            }
        }
        #expect(try LedgerReader(opening: directory.path).durableSequence() == 5)
    }

    /// A power cut leaves an old durable watermark; events that a reader has proved meanwhile must stay visible.
    @Test func `the durable watermark never goes back while writers open a log with an old one`() throws {
        let directory = try TemporaryDirectory.withLedger()
        var generator = EventGenerator(seed: 9)
        let first = try Ledger(opening: directory.path, configuration: smallSegments)
        _ = first.append(lines: (0..<500).map { _ in EventLine(Array(generator.nextLine().utf8)) })
        first.close()
        for _ in 0..<10 {
            try directory.damaged(DurableWatermark.fileName).replace(DurableWatermark.encode(0))
            let isDone = Lock(false)
            onThreads(2) { index in
                do {
                    if index == 0 {
                        let reader = try LedgerReader(opening: directory.path)
                        repeat { #expect(try reader.durableSequence() == 500) } while !isDone.withLock { $0 }
                    } else {
                        try Ledger(opening: directory.path, configuration: smallSegments).close()
                    }
                } catch {
                    Issue.record("\(error)")
                }
                if index == 1 { isDone.withLock { $0 = true } }
            }
        }
    }

    @Test func `a watch wakes for events that were appended since the last wait`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        let reader = try LedgerReader(opening: directory.path)
        let watch = try LedgerWatch(directory.path)
        for sequence in 1...3 as ClosedRange<UInt64> {
            _ = try ledger.append(try TradeEvents.opened("t\(sequence)"))
            while try reader.durableSequence() < sequence { try watch.wait() }
            #expect(try reader.durableSequence() == sequence)
        }
        ledger.close()
    }
}
