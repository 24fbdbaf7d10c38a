import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `A ledger on a full disk` {
    @Test(.mounts(.tmpfs)) func `continues when space returns, on tmpfs`() throws { try fill(.tmpfs, mebibyteCount: 1) }
    @Test(.mounts(.ext4)) func `continues when space returns, on ext4`() throws { try fill(.ext4, mebibyteCount: 8) }

    private func fill(_ kind: SmallDisk.Kind, mebibyteCount: Int) throws {
        let disk = try SmallDisk(kind, mebibyteCount: mebibyteCount)
        try Ledger.create(in: disk.path, configuration: smallSegments)
        let ledger = try Ledger(opening: disk.path, configuration: smallSegments)
        let reader = try LedgerReader(opening: disk.path)
        var acknowledged = Set<String>()
        func take(_ outcome: Result<Receipt, AppendError>, _ id: String) throws -> RejectionCode? {
            if case .success = outcome { acknowledged.insert(id) }
            return try outcome.rejection()
        }
        func open(_ id: String) throws -> RejectionCode? {
            try take(ledger.outcome(TradeEvents.opened(id)), id)
        }
        #expect(try open("t0") == nil)
        try disk.fill()
        var count = 1
        while try open("t\(count)") == nil { count += 1 }
        #expect(count > 100)
        #expect(try ledger.outcome(TradeEvents.increased("t0")).rejection() == .diskFull)
        #expect(try ledger.outcome(TradeEvents.opened("t0")).get().status == .duplicate)
        for index in 0..<count / 2 {
            #expect(try ledger.outcome(TradeEvents.closed("t\(index)")).rejection() == nil)
        }
        let kept = try reader.rejectedCodes()
        #expect(kept == ["disk_full", "disk_full"])
        #expect(try reader.all().count == count + count / 2)

        // To the last byte: then the ledger accepts nothing more, and loses nothing.
        let remark = String(repeating: "r", count: 900)
        while try ledger.outcome(TradeEvents.annotated("t0", remark)).rejection() == nil {}
        while try ledger.outcome(TradeEvents.annotated("t0", "")).rejection() == nil {}
        #expect(try ledger.outcome(TradeEvents.closed("t\(count - 1)")).rejection() == .diskFull)
        let durable = try ledger.durableSequence
        #expect(try reader.all().count == Int(durable))

        try disk.empty()
        #expect(try open("after") == nil)
        #expect(try ledger.outcome(TradeEvents.closed("t\(count - 1)")).rejection() == nil)
        #expect(ledger.backgroundFault == nil)
        ledger.close()
        let reopened = try Ledger(opening: disk.path, configuration: smallSegments)
        #expect(reopened.recovery.tornWrites.isEmpty)
        #expect(try reopened.durableSequence == durable + 2)
        for id in acknowledged { #expect(try reopened.trade(id) != nil) }
        reopened.close()
    }

    @Test(.mounts(.tmpfs)) func `opens without space for a segment, and accepts closes`() throws {
        let disk = try SmallDisk(.tmpfs, mebibyteCount: 1)
        try Ledger.create(in: disk.path, configuration: smallSegments)
        var ledger = try Ledger(opening: disk.path, configuration: smallSegments)
        #expect(try ledger.outcome(TradeEvents.opened("t")).rejection() == nil)
        ledger.close()
        try PosixStorage(directory: disk.path).remove("spare.segment")
        try disk.fill()
        ledger = try Ledger(opening: disk.path, configuration: smallSegments)
        #expect(try ledger.outcome(TradeEvents.opened("u")).rejection() == .diskFull)
        #expect(try ledger.outcome(TradeEvents.closed("t")).rejection() == nil)
        ledger.close()
    }

    @Test(.mounts(.tmpfs)) func `answers a rejection that it cannot keep, and removes its remains`() throws {
        let disk = try SmallDisk(.tmpfs, mebibyteCount: 1)
        try Ledger.create(in: disk.path, configuration: smallSegments)
        var ledger = try Ledger(opening: disk.path, configuration: neverIdle)
        try disk.fill()
        let long = ledger.append(lines: [EventLine([UInt8](repeating: 0x78, count: 100_000))])[0]
        guard case .failure(.rejected(let rejection)) = long else {
            Issue.record("\(long) is no rejection")
            return
        }
        #expect(rejection.code == .invalidJSON)
        #expect(rejection.message.contains("not kept"))
        let short = ledger.append(lines: [EventLine([0x79])])[0]
        #expect(try short.rejection() == .invalidJSON)
        #expect(try ledger.outcome(TradeEvents.opened("t")).rejection() == nil)
        ledger.close()
        ledger = try Ledger(opening: disk.path, configuration: neverIdle)
        #expect(ledger.recovery.tornWrites.isEmpty)
        ledger.close()
        #expect(try LedgerReader(opening: disk.path).rejectedCodes() == ["invalid_json"])
    }
}

extension Ledger {
    fileprivate func outcome(_ draft: EventDraft) -> AppendOutcome {
        Result { () throws(AppendError) in try append(draft) }
    }
}

extension LedgerReader {
    fileprivate func rejectedCodes() throws -> [String] {
        var codes: [String] = []
        try rejectedEvents { codes.append($0.code) }
        return codes
    }
}

extension AppendOutcome {
    /// The code of a rejection, nil if there is none; throws a failure of the machine.
    fileprivate func rejection() throws -> RejectionCode? {
        switch self {
        case .success: return nil
        case .failure(.rejected(let rejection)): return rejection.code
        case .failure(.failed(let error)): throw error
        }
    }
}
