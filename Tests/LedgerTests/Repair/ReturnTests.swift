import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `Events that are restored from an archive` {
    private let log: DamagedLog
    private let directory: TemporaryDirectory

    init() throws {
        log = try DamagedLog()
        directory = try log.pristine.copy()
    }

    /// An archive in memory: the shipped events of a log.
    private struct Archive: EventArchive {
        var events: [Event]
        var checkpoints: [LogCheckpoint]

        func events(_ sequences: ClosedRange<UInt64>, of ledgerID: EventID) throws -> [Event]? {
            let found = events.filter { sequences.contains($0.sequence) }
            return found.count == sequences.count ? found : nil
        }

        func checkpoints(of ledgerID: EventID) throws -> [LogCheckpoint] { checkpoints }
    }

    /// The content of the archive after the first events were shipped, in batches of five.
    private func archive(upTo sequence: UInt64) throws -> Archive {
        var tree = LogTree(recomputing: PosixStorage(directory: log.pristine.path))
        try tree.advance(to: sequence)
        let checkpoints = try (1...sequence).filter { $0.isMultiple(of: 5) || $0 == sequence }.map {
            LogCheckpoint(sequence: $0, root: try tree.root(at: $0))
        }
        return Archive(events: Array(log.events.prefix(Int(sequence))), checkpoints: checkpoints)
    }

    private func mend(from archive: Archive) throws -> [Corruption] {
        var repair = LedgerRepair(of: directory.path)
        return try repair.mend(bringingBackFrom: archive)
    }

    private func expectWhole() throws {
        #expect(try LedgerRepair(of: directory.path).corruptions() == [])
        #expect(refusal(directory) == nil)
        #expect(try LedgerReader(opening: directory.path).all() == log.events)
    }

    @Test func `fill every hole that a flipped bit makes, bit for bit`() throws {
        let archive = try archive(upTo: UInt64(log.events.count))
        for corruption in try log.flippedBits() {
            let copy = try log.pristine.copy()
            try corruption.apply(copy)
            let lost = try LedgerRepair(of: copy.path).corruptions().compactMap(\.sequences)
            // Flushing is slow, so one field of each frame is enough.
            guard !lost.isEmpty, corruption.name.hasSuffix("8") else { continue }
            var repair = LedgerRepair(of: copy.path)
            #expect(try repair.mend(bringingBackFrom: archive).compactMap(\.sequences) == lost, "\(corruption.name)")
            #expect(try LedgerReader(opening: copy.path).all() == log.events, "\(corruption.name)")
            #expect(refusal(copy) == nil, "\(corruption.name)")
        }
    }

    @Test func `fill a segment that is missing, and one that lost its end`() throws {
        let archive = try archive(upTo: UInt64(log.events.count))
        let frame = try directory.frames(of: directory.segments[2])[1]
        try directory.damaged(directory.segments[2]).truncate(to: frame.offset + 10)
        try directory.damaged(directory.segments[1]).remove()
        #expect(try mend(from: archive).compactMap(\.sequences) == [7...12, 15...18])
        try expectWhole()
        #expect(directory.files.contains { $0.hasPrefix("damaged-") })
    }

    @Test func `are restored as far as the archive has them`() throws {
        let (first, last) = (directory.segments[0], directory.segments[2])
        try directory.damaged(first).flipBit(at: try directory.frames(of: first)[1].offset + 60)
        try directory.damaged(last).flipBit(at: try directory.frames(of: last)[2].offset + 60)
        #expect(try mend(from: try archive(upTo: 11)).compactMap(\.sequences) == [3...4])
        #expect(try LedgerRepair(of: directory.path).corruptions().map(\.sequences) == [17...18])
        #expect(try mend(from: try archive(upTo: 18)).compactMap(\.sequences) == [17...18])
        try expectWhole()
    }

    @Test func `are refused if the log would not have the known roots`() throws {
        let name = directory.segments[0]
        try directory.damaged(name).flipBit(at: try directory.frames(of: name)[1].offset + 60)
        let before = try directory.contents().filter { $0.key != "lock" }
        var forged = try archive(upTo: 18)
        let event = forged.events[3]
        forged.events[3] = Event(
            sequence: event.sequence,
            recordedAt: event.recordedAt,
            eventID: EventID(high: 1, low: 1),
            body: event.body
        )
        var rootless = try archive(upTo: 18)
        rootless.checkpoints = []
        var early = try archive(upTo: 18)
        early.checkpoints = [LogCheckpoint(sequence: 2, root: try archive(upTo: 2).checkpoints[0].root)]
        for archive in [forged, rootless, early] {
            let error = try #require(throws: LedgerError.self) { _ = try mend(from: archive) }
            #expect(error.code == .diverged && error.message.contains("cannot be brought back"))
            #expect(try directory.contents().filter { $0.key != "lock" } == before)
        }
    }

    @Test func `change nothing if nothing is lost`() throws {
        let before = try directory.contents().filter { $0.key != "lock" }
        #expect(try mend(from: try archive(upTo: 18)) == [])
        #expect(try directory.contents().filter { $0.key != "lock" } == before)
    }
}
