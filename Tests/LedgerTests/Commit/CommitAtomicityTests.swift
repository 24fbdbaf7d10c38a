import Glibc
import Ledger
import LedgerTestSupport
import Testing
import TradeModel

@Suite struct `Commit of a batch` {
    @Test func `a rejected event in the middle appends nothing of its batch and stops nothing that follows`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        let opened = try TradeEvents.opened("t", fillID: "f")
        let batch = [opened, try TradeEvents.increased("unknown"), try TradeEvents.closed("t")]
        let error = #expect(throws: AppendError.self) { _ = try ledger.append(batch: batch) }
        #expect(error.flatMap(code) == .unknownTrade)
        #expect(try ledger.durableSequence == 0)
        #expect(try ledger.trade("t") == nil)

        // The ledger remembers nothing of the batch: neither ids nor fills nor trades.
        #expect(try ledger.append(opened).status == .appended)
        #expect(try ledger.append(try TradeEvents.closed("t")).sequence == 2)
        ledger.close()
        #expect(try LedgerReader(opening: directory.path).all().map(\.body.type) == [.opened, .closed])
    }

    @Test func `a batch that is undone does not change the earlier trades`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        _ = try ledger.append(try TradeEvents.opened("open"))
        _ = try ledger.append(batch: [try TradeEvents.opened("closed"), try TradeEvents.closed("closed")])
        let before = try (ledger.trade("open"), ledger.trade("closed"))
        #expect(throws: AppendError.self) {
            _ = try ledger.append(batch: [
                try TradeEvents.increased("open"), try TradeEvents.adjusted("closed", "-1"),
                try TradeEvents.closed("open"), try TradeEvents.voided("closed"), try TradeEvents.closed("open"),
                try TradeEvents.opened("open", price: "99"),
            ])
        }
        #expect(try ledger.trade("open") == before.0)
        #expect(try ledger.trade("closed") == before.1)
        #expect(try ledger.openTrades().map(\.id) == ["open"])
        ledger.close()
    }

    @Test func `after a batch is undone, earlier fills are known and its own are not`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        let known = try TradeEvents.opened("t", fillID: "known")
        _ = try ledger.append(known)
        let increase = try TradeEvents.increased("t", fillID: "new")
        for end in [try TradeEvents.closed("t"), try TradeEvents.increased("t")] {
            #expect(throws: AppendError.self) {
                _ = try ledger.append(batch: [increase, end, try TradeEvents.closed("unknown")])
            }
            #expect(try ledger.append(known).status == .duplicate)
            #expect(try ledger.trade("t")?.eventCount == 1)
        }
        #expect(try ledger.append(increase).status == .appended)
        #expect(try ledger.append(increase).status == .duplicate)
        ledger.close()
    }

    @Test func `an event and its repetition in one batch are one event`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        let opened = try TradeEvents.opened("t")
        let receipts = try ledger.append(batch: [opened, opened])
        #expect(receipts.map(\.status) == [.appended, .duplicate])
        #expect(receipts.map(\.sequence) == [1, 1])
        ledger.close()
    }

    @Test func `each receipt of a batch names its own event, between repetitions and ids of the producer`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        let opened = try TradeEvents.opened("t")
        let increased = try TradeEvents.increased("t", eventID: EventID(high: 1, low: 2))
        let batch = [opened, opened, increased, increased, try TradeEvents.reduced("t"), try TradeEvents.closed("t")]
        let receipts = try ledger.append(batch: batch)
        ledger.close()
        #expect(receipts.map(\.status) == [.appended, .duplicate, .appended, .duplicate, .appended, .appended])
        #expect(receipts.map(\.sequence) == [1, 1, 2, 2, 3, 4])
        let events = try LedgerReader(opening: directory.path).all()
        #expect(receipts.map(\.eventID) == receipts.map { events[Int($0.sequence) - 1].eventID })
        #expect(receipts.map(\.recordedAt) == receipts.map { events[Int($0.sequence) - 1].recordedAt })
    }

    @Test func `an empty batch changes nothing`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        #expect(try ledger.append(batch: []).isEmpty)
        #expect(ledger.append(lines: []).isEmpty)
        ledger.close()
    }

    @Test func `each line is accepted or rejected on its own`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        let lines = [try TradeEvents.opened("a"), try TradeEvents.closed("b"), try TradeEvents.closed("a")].map {
            var bytes: [UInt8] = []
            EventJSON.write($0, into: &bytes)
            return EventLine(bytes)
        }
        let outcomes = ledger.append(lines: lines + [EventLine(Array("{".utf8))])
        #expect(try outcomes[0].get().sequence == 1)
        #expect(try outcomes[2].get().sequence == 2)
        let codes = outcomes.map { outcome -> RejectionCode? in
            guard case .failure(let error) = outcome else { return nil }
            return code(error)
        }
        #expect(codes == [nil, .unknownTrade, nil, .invalidJSON])
        ledger.close()
    }
}

@Suite struct `Commit by one writer alone` {
    @Test func `a second writer is refused with the id of the process that holds the ledger`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        let error = try #require(throws: LedgerError.self) { _ = try Ledger(opening: directory.path) }
        #expect(error.code == .heldByAnotherWriter)
        #expect(error.message.contains("process \(getpid())"))
        ledger.close()
        try Ledger(opening: directory.path).close()
    }

    @Test func `a closed ledger refuses every request, and closing it again is harmless`() async throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        ledger.close()
        ledger.close()
        let draft = try TradeEvents.opened("t")
        let error = await #expect(throws: AppendError.self) { _ = try await ledger.append(draft) }
        guard case .failed(let reason) = error else {
            Issue.record("\(String(describing: error)) is no failure")
            return
        }
        #expect(reason.code == .unusable)
        #expect(throws: LedgerError.self) { _ = try ledger.openTrades() }
        #expect(throws: LedgerError.self) { _ = try ledger.durableSequence }
    }

    @Test func `the lock is released only when no thread of the writer uses a file`() throws {
        let directory = TemporaryDirectory()
        let large = LedgerConfiguration(segmentByteCount: 64 << 20)
        try Ledger.create(in: directory.path, configuration: smallSegments)
        // The background thread needs a while to recreate a spare segment of another size.
        let ledger = try Ledger(opening: directory.path, configuration: large)
        let reader = try LedgerReader(opening: directory.path)
        let spare = directory.path + "/spare.tmp"
        while directory.files.contains("spare.tmp") && !isOpenHere(spare) {}
        onThreads(2) { index in
            if index == 0 { return ledger.close() }
            do {
                while try reader.log.writer() != nil {}
                #expect(!isOpenHere(spare))
            } catch {
                Issue.record("\(error)")
            }
        }
    }

    /// Whether this process has the file open.
    private func isOpenHere(_ path: String) -> Bool {
        (0..<1024).contains { descriptor in
            var target = [CChar](repeating: 0, count: path.utf8.count + 1)
            let count = unsafe readlink("/proc/self/fd/\(descriptor)", &target, target.count)
            return target.prefix(max(0, count)).elementsEqual(path.utf8.map { CChar(bitPattern: $0) })
        }
    }

    @Test func `a ledger that is released without being closed releases the lock`() throws {
        let directory = try TemporaryDirectory.withLedger()
        func appendOnce() throws { _ = try Ledger(opening: directory.path).append(try TradeEvents.opened("t")) }
        try appendOnce()
        let ledger = try Ledger(opening: directory.path)
        #expect(try ledger.durableSequence == 1)
        ledger.close()
    }

    @Test func `a directory with a ledger gets no second one`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let error = #expect(throws: LedgerError.self) { try Ledger.create(in: directory.path) }
        #expect(error?.code == .invalidRequest)
    }

    @Test func `a directory without a ledger has its own error`() throws {
        let directory = TemporaryDirectory()
        #expect(throws: LedgerError.self) { _ = try Ledger(opening: directory.path) }
        let error = #expect(throws: LedgerError.self) { _ = try LedgerReader(opening: directory.path) }
        #expect(error?.code == .notALedger)
        #expect(directory.files.isEmpty)
    }
}

/// The code of a rejection, nil for a failure of the machine.
func code(_ error: AppendError) -> RejectionCode? {
    guard case .rejected(let rejection) = error else { return nil }
    return rejection.code
}
