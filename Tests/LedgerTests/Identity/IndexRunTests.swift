import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `Index runs` {
    private let directory = TemporaryDirectory()
    private var storage: PosixStorage { PosixStorage(directory: directory.path) }
    private static let ledgerID = EventID(high: 1, low: 2)

    /// Entries of events, two each, from fingerprints that collide now and then.
    private static func entries(_ sequences: ClosedRange<UInt64>, seed: UInt64, spread: UInt64) -> [IndexEntry] {
        var random = SeededGenerator(seed: seed)
        return sequences.flatMap { sequence in
            (0..<2).map { _ in
                let fingerprint = random.next(below: spread) &* 0x9E37_79B9_7F4A_7C15
                return IndexEntry(fingerprint: IndexRunHeader.short(fingerprint), sequence: sequence)
            }
        }.sorted()
    }

    private func write(_ entries: [IndexEntry], _ sequences: ClosedRange<UInt64>) throws -> IndexRun<PosixStorage> {
        let header = IndexRunHeader(
            ledgerID: Self.ledgerID,
            sequences: sequences,
            entryCount: UInt64(entries.count),
            keyCount: IndexEntry.keyCount(entries),
            skippedCount: 0,
            idTimeEnd: 0,
            endChecksum: 7
        )
        var writer = try IndexRunWriter(storage, header)
        for entry in entries { try writer.append(entry) }
        try writer.finish()
        return try #require(try IndexRun(storage, IndexRunName(sequences), of: Self.ledgerID))
    }

    /// Looks up every existing fingerprint, and as many missing ones.
    private func check(_ run: IndexRun<PosixStorage>, _ entries: [IndexEntry], seed: UInt64) throws {
        var model: [UInt64: [UInt64]] = [:]
        for entry in entries { model[entry.fingerprint, default: []].append(entry.sequence) }
        var random = SeededGenerator(seed: seed)
        let absent = entries.map { _ in IndexRunHeader.short(random.next()) }
        for short in Array(model.keys) + absent {
            var found: [UInt64] = []
            // An entry keeps only a part of a fingerprint, so the rest makes no difference.
            try run.appendCandidates(short << 30 | random.next(below: 1 << 30), to: &found)
            #expect(found == model[short, default: []], "seed \(seed)")
        }
        #expect((0..<run.bucketCount).count == run.bucketCount)
        var all: [IndexEntry] = []
        for bucket in 0..<run.bucketCount { all += try run.entries(ofBucket: bucket) }
        #expect(all == entries, "seed \(seed)")
    }

    @Test(arguments: [(1, 1), (1, 2), (5, 64), (1, 65), (1_000_000_000_000, 700), (9, 5000)] as [(UInt64, UInt64)])
    func `answer as a dictionary of lists does`(first: UInt64, count: UInt64) throws {
        let sequences = first...(first + count - 1)
        let entries = Self.entries(sequences, seed: count, spread: count * 2)
        try check(try write(entries, sequences), entries, seed: count)
    }

    @Test func `hold many events of one trade`() throws {
        let entries = (1...3000 as ClosedRange<UInt64>).map { IndexEntry(fingerprint: 5, sequence: $0) }
        let run = try write(entries, 1...3000)
        var found: [UInt64] = []
        try run.appendCandidates(5 << 30, to: &found)
        #expect(found == Array(1...3000))
    }

    @Test func `take at most 14 bytes per event on disk and 12 bits per identity in memory`() throws {
        for count in [4096, 4097, 8191, 20000] as [UInt64] {
            let run = try write(Self.entries(1...count, seed: 3, spread: .max), 1...count)
            #expect(run.header.fileByteCount <= Int(14 * count))
            #expect(run.filterByteCount <= Int(run.header.keyCount * 12 / 8) + 64)
            #expect(run.header.directoryByteCount <= Int(count) / 4)
        }
    }

    @Test func `skip most fingerprints that they do not contain`() throws {
        let run = try write(Self.entries(1...20000, seed: 3, spread: .max), 1...20000)
        var random = SeededGenerator(seed: 4)
        let passed = (0..<10000).count { _ in
            run.filterHolds(IndexEntry(fingerprint: IndexRunHeader.short(random.next()), sequence: 1))
        }
        // 111 with this seed. Each would cost a read.
        #expect(passed < 130)
    }

    @Test func `exclude a UUIDv7 that is later than all of theirs, and no id of another version`() {
        func id(_ millisecond: Int64) -> EventID {
            EventID.version7(at: Timestamp(microsecondsSince1970: millisecond * 1000), random: (1, 2))
        }
        for (end, isHeld) in [(0, [false, false, false]), (5, [true, false, false]), (6, [true, true, false])] {
            let header = IndexRunHeader(
                ledgerID: Self.ledgerID,
                sequences: 1...3,
                entryCount: 6,
                keyCount: 6,
                skippedCount: 0,
                idTimeEnd: UInt64(end),
                endChecksum: 7
            )
            #expect([4, 5, 6].map { header.mayHold(id($0)) } == isHeld)
            #expect(header.mayHold(EventID(high: 0x4000, low: 1 << 63)) && header.mayHold(EventID(high: 0, low: 0)))
        }
    }

    @Test(arguments: [[1], [300, 300, 300, 300], [5000, 1, 70, 900, 2]] as [[UInt64]])
    func `answer the same once they are merged`(counts: [UInt64]) throws {
        var runs: [IndexRun<PosixStorage>] = []
        var all: [IndexEntry] = []
        var next: UInt64 = 11
        for (index, count) in counts.enumerated() {
            let sequences = next...(next + count - 1)
            let entries = Self.entries(sequences, seed: UInt64(index), spread: 4000)
            runs.append(try write(entries, sequences))
            all += entries
            next += count
        }
        let merge = Compaction(storage: storage, runs: runs)
        guard runs.count > 1 else { return }
        #expect(try merge.run { false })
        let merged = try #require(try IndexRun(storage, IndexRunName(11...(next - 1)), of: Self.ledgerID))
        try check(merged, all.sorted(), seed: 5)
        #expect(merged.header.keyCount == runs.reduce(0) { $0 + $1.header.keyCount })
    }

    @Test func `are not fully merged if the ledger is closed`() throws {
        let runs = try (0..<4 as Range<UInt64>).map { index in
            let sequences = (1 + index * 5000)...(5000 + index * 5000)
            return try write(Self.entries(sequences, seed: index, spread: .max), sequences)
        }
        #expect(try !Compaction(storage: storage, runs: runs).run { true })
        #expect(!directory.files.contains(IndexRunName(1...20000).fileName))
    }

    @Test func `stay few, and no entry is written often`() {
        var counts: [UInt64] = []
        var random = SeededGenerator(seed: 6)
        var written: UInt64 = 0
        var total: UInt64 = 0
        for _ in 0..<1000 {
            let count = 30000 + random.next(below: 20000)
            counts.append(count)
            total += count
            while let due = Compaction<PosixStorage>.dueCount(counts) {
                let merged = counts.suffix(due).reduce(0, +)
                written += merged
                counts = counts.dropLast(due) + [merged]
            }
            #expect(counts.count <= 14)
        }
        #expect(written <= 10 * total)
    }

    @Test func `of another ledger, place or version are ignored`() throws {
        let run = try write(Self.entries(1...100, seed: 1, spread: .max), 1...100)
        #expect(try IndexRun(storage, run.name, of: EventID(high: 3, low: 3)) == nil)
        let moved = IndexRunName(2...101)
        try directory.damaged(run.name.fileName).rename(to: moved.fileName)
        #expect(try IndexRun(storage, moved, of: Self.ledgerID) == nil)
    }

    @Test func `are never trusted if a bit has changed`() throws {
        let sequences = 1...300 as ClosedRange<UInt64>
        let entries = Self.entries(sequences, seed: 2, spread: .max)
        let run = try write(entries, sequences)
        let file = directory.damaged(run.name.fileName)
        let bytes = try file.bytes()
        for offset in 0..<bytes.count {
            try file.flipBit(at: offset)
            defer { #expect(throws: Never.self) { try file.overwrite([bytes[offset]], at: offset) } }
            let isHead = offset < run.header.headRange.upperBound
            let damaged = try IndexRun(storage, run.name, of: Self.ledgerID)
            #expect((damaged == nil) == isHead)
            guard let damaged else { continue }
            var failureCount = 0
            for bucket in 0..<damaged.bucketCount {
                do throws(LedgerError) { _ = try damaged.entries(ofBucket: bucket) } catch {
                    failureCount += 1
                    #expect(error.code == .unusable)
                    #expect(error.message.contains(run.name.fileName))
                }
            }
            #expect(failureCount == 1)
        }
        try file.truncate(to: bytes.count - 1)
        #expect(try IndexRun(storage, run.name, of: Self.ledgerID) == nil)
    }
}
