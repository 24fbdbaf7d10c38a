import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `Damage of every kind` {
    private let log: DamagedLog

    init() throws {
        log = try DamagedLog()
    }

    @Test func `in any field is explained, and the ledger opens once the lost events are given up`() throws {
        try check(try log.flippedBits())
    }

    @Test func `by zeros in any sector is explained, and the ledger opens once the lost events are given up`() throws {
        try check(try log.zeroedSectors())
    }

    @Test func `by truncation is explained, and the ledger opens once the lost events are given up`() throws {
        try check(try log.truncatedFiles())
    }

    @Test func `by wrong files is explained, and the ledger opens once the lost events are given up`() throws {
        try check(try log.wrongFiles())
    }

    private func check(_ cases: [DamagedLog.Case]) throws {
        #expect(cases.count > 6)
        var repaired: Set<[Corruption]> = []
        for corruption in cases {
            let directory = try log.pristine.copy()
            try corruption.apply(directory)
            let before = try directory.contents()
            let corruptions = try LedgerRepair(of: directory.path).corruptions()
            for found in corruptions {
                #expect(before[found.file] != nil || found.reason.contains("missing"), "\(corruption.name): \(found)")
                #expect(found.sequences != nil || found.isMendable, "\(corruption.name): \(found)")
            }
            checkReaders(directory, corruption.name, isWhole: corruptions.isEmpty)
            #expect(try directory.contents() == before, "\(corruption.name): reading changed something")
            let costsEvents = corruptions.contains { $0.sequences != nil }
            checkOpening(try directory.copy(), corruption.name, costsEvents: costsEvents)
            // Flushing is slow, and equal reports are repaired alike.
            if repaired.insert(corruptions).inserted { try checkRepair(directory, corruptions, corruption.name) }
        }
    }

    /// Reading returns the original events, or says which ones it cannot return.
    private func checkReaders(_ directory: TemporaryDirectory, _ name: String, isWhole: Bool) {
        expectCorruption(name, isRequired: false) {
            var stream = try LedgerReader(opening: directory.path).events()
            var index = 0
            while let event = try stream.next() {
                #expect(event == log.events[index], "\(name): event \(index + 1)")
                index += 1
            }
            #expect(index == log.events.count, "\(name): \(index) events")
        }
        expectCorruption(name, isRequired: !isWhole) {
            var events: [Event] = []
            _ = try LogReader(PosixStorage(directory: directory.path)).audit { events.append($0) }
            #expect(events == log.events, "\(name): audit")
        }
    }

    /// An extra file that opening does not read, because of a snapshot, prevents no writer from opening.
    private func checkOpening(_ directory: TemporaryDirectory, _ name: String, costsEvents: Bool) {
        expectCorruption(name, isRequired: costsEvents) {
            try Ledger(opening: directory.path, configuration: neverIdle).close()
            #expect(try LedgerReader(opening: directory.path).all() == log.events, "\(name): opened")
        }
    }

    /// Expects that the closure ends well, or with an error that says where and what.
    private func expectCorruption(_ name: String, isRequired: Bool, _ body: () throws -> Void) {
        do {
            try body()
            #expect(!isRequired, "\(name): damage was not met")
        } catch let error as LedgerError {
            #expect(error.code == .damaged, "\(name): \(error)")
            #expect(error.corruption.map { $0.sequences != nil || $0.isMendable } ?? false, "\(name): \(error)")
        } catch {
            Issue.record("\(name): \(error)")
        }
    }

    /// Gives up what is damaged and nothing else.
    private func checkRepair(_ directory: TemporaryDirectory, _ corruptions: [Corruption], _ name: String) throws {
        var lost: Set<UInt64> = []
        var repair = LedgerRepair(of: directory.path)
        do {
            if corruptions.allSatisfy(\.isMendable) { _ = try repair.mend() }
            while let range = try repair.corruptions().compactMap(\.sequences).first {
                _ = try repair.acceptLoss(of: range, reason: "a test", actor: "the tester")
                lost.formUnion(range)
            }
            #expect(try repair.corruptions() == [], "\(name)")
            #expect(Set(corruptions.flatMap { $0.sequences.map(Array.init) ?? [] }) == lost, "\(name): told before")
            let ledger = try Ledger(opening: directory.path, configuration: neverIdle)
            let next = try ledger.append(try TradeEvents.opened("next")).sequence
            ledger.close()
            #expect(next == UInt64(log.events.count + 1), "\(name)")
            try Ledger(opening: directory.path, configuration: neverIdle).close()
            let events = try LedgerReader(opening: directory.path).all()
            #expect(events.map(\.sequence) == Array(1...next), "\(name)")
            for (event, original) in zip(events, log.events) {
                if lost.contains(event.sequence) {
                    #expect(event.body.type == .lost && event.body.text(.actor) == "the tester", "\(name): \(event)")
                } else {
                    #expect(event == original, "\(name): \(event.sequence)")
                }
            }
            var audited: UInt64 = 0
            _ = try LogReader(PosixStorage(directory: directory.path)).audit { audited = $0.sequence }
            #expect(audited == next, "\(name)")
        } catch {
            Issue.record("\(name): \(error)")
        }
    }
}
