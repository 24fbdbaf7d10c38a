import Glibc
import Ledger
import LedgerTestSupport
import Projections
import Replay
import Testing
import TradeModel

@testable import Postgres
@testable import Replication

/// Reading of the log by the replicator, with prefetching.
@Suite struct `The log as the replicator reads it` {
    private static let eventCount = logEventCount
    private static let form = LedgerRows(ledgerID: EventID(high: 1, low: 2), ledgerNumber: 3)

    /// Batches of any length, some of them not used, and positions that go ahead and back.
    @Test(arguments: [UInt64](1...3))
    func `returns each event after the position of the database, and the root there`(seed: UInt64) throws {
        try withLog(seed: seed) { log, _ in
            var random = SeededGenerator(seed: seed)
            var source = try BatchSource(log, stop: -1)
            var tree = LogTree(recomputing: log.storage)
            try tree.advance(to: Self.eventCount)
            var position: UInt64 = 0
            for _ in 0..<24 {
                let countMax =
                    1 + random.next(below: random.next(below: 2) == 0 ? 8 : UInt64(BatchSource.eventCountMax))
                // A database may give the ledger another number.
                let form = LedgerRows(ledgerID: Self.form.ledgerID, ledgerNumber: Int64(random.next(below: 4) / 3))
                guard let batch = try source.batch(eventCountMax: Int(countMax), form) else {
                    #expect(position == Self.eventCount)
                    try source.move(to: 0)
                    position = 0
                    continue
                }
                #expect(batch.firstSequence == position + 1)
                #expect(batch.lastSequence <= position + countMax)
                #expect(batch.changes.map(\.event.sequence) == Array(batch.firstSequence...batch.lastSequence))
                #expect(try batch.root == tree.root(at: batch.lastSequence))
                try expectRows(batch, form)
                switch random.next(below: 10) {
                case 0: position = random.next(below: Self.eventCount + 1)
                case 1: position = min(Self.eventCount, batch.lastSequence + random.next(below: 6000))
                case 2...7: position = batch.lastSequence
                default: break
                }
                try source.move(to: position)
                #expect(source.position == position)
                #expect(try source.root(at: position) == tree.root(at: position))
            }
        }
    }

    @Test func `continues after a chunk that could not be read`() throws {
        try withLog(seed: 7) { log, directory in
            var source = try BatchSource(log, stop: -1)
            _ = try source.refresh()
            let names = directory.files.filter { $0.hasSuffix(".sealed") || $0.hasSuffix(".segment") }
            let elsewhere = TemporaryDirectory()
            let name = names[names.count / 2]
            #expect(unsafe rename("\(directory.path)/\(name)", "\(elsewhere.path)/\(name)") == 0)
            var position: UInt64 = 0
            #expect(throws: LedgerError.self) {
                while let batch = try source.batch(eventCountMax: BatchSource.eventCountMax, Self.form) {
                    position = batch.lastSequence
                    try source.move(to: position)
                }
            }
            #expect(source.position == position)
            #expect(unsafe rename("\(elsewhere.path)/\(name)", "\(directory.path)/\(name)") == 0)
            var sequences: [UInt64] = []
            while let batch = try source.batch(eventCountMax: BatchSource.eventCountMax, Self.form) {
                sequences += batch.changes.map(\.event.sequence)
                try expectRows(batch, Self.form)
                try source.move(to: batch.lastSequence)
            }
            #expect(sequences == Array((position + 1)...Self.eventCount))
        }
    }

    @Test func `goes back although the prefetched chunk cannot be read`() throws {
        try withLog(seed: 9) { log, directory in
            var source = try BatchSource(log, stop: -1)
            let names = directory.files.filter { $0.hasSuffix(".sealed") || $0.hasSuffix(".segment") }
            let elsewhere = TemporaryDirectory()
            let name = names[names.count / 2]
            #expect(unsafe rename("\(directory.path)/\(name)", "\(elsewhere.path)/\(name)") == 0)
            let batch = try #require(try source.batch(eventCountMax: 100, Self.form))
            try source.move(to: batch.lastSequence)
            try source.move(to: 50)
            #expect(try source.batch(eventCountMax: 10, Self.form)?.firstSequence == 51)
        }
    }

    @Test func `ends at the requested sequence`() throws {
        try withLog(seed: 8) { log, _ in
            var source = try BatchSource(log, stop: -1, upTo: 7000)
            var last: UInt64 = 0
            while let batch = try source.batch(eventCountMax: BatchSource.eventCountMax, Self.form) {
                last = batch.lastSequence
                try source.move(to: last)
            }
            #expect(last == 7000)
        }
    }

    /// Each event has a row, and each trade has one after its last event there, in the order of opens.
    private func expectRows(
        _ batch: EventBatch,
        _ form: LedgerRows,
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        var events = BinaryRows()
        var states: [UInt64: TradeHistory] = [:]
        for change in batch.changes {
            form.append(change.event, to: &events)
            guard change.event.body.type.isAboutTrade else {
                #expect(change.trade == nil, sourceLocation: location)
                continue
            }
            let trade = try #require(change.trade, sourceLocation: location)
            #expect(Array(trade.id.utf8) == Array(change.event.body.subjectBytes), sourceLocation: location)
            #expect(trade.trade.lastSequence == change.event.sequence, sourceLocation: location)
            states[trade.trade.firstSequence] = trade
        }
        #expect(batch.events.bytes == events.bytes, sourceLocation: location)
        var (opened, changed) = (BinaryRows(), BinaryRows())
        for (firstSequence, trade) in states.sorted(by: { $0.key < $1.key }) {
            if firstSequence < batch.firstSequence {
                try form.append(trade, to: &changed)
            } else {
                try form.append(trade, to: &opened)
            }
        }
        #expect(batch.openedTrades.bytes == opened.bytes, sourceLocation: location)
        #expect(batch.changedTrades.bytes == changed.bytes, sourceLocation: location)
    }
}

/// The rows that batches change in the tables which `Books` folds.
@Suite struct `The rows of books in a batch` {
    private static let form = LedgerRows(ledgerID: EventID(high: 1, low: 2), ledgerNumber: 3)

    @Test(arguments: [UInt64(4)])
    func `are as its last event leaves them, wherever it ends`(seed: UInt64) throws {
        try withLog(seed: seed) { log, _ in
            var random = SeededGenerator(seed: seed)
            var source = try BatchSource(log, stop: -1)
            var history = try HistoryFold(withRunsOf: log)
            var folded = BooksFold()
            var stored: [String: StoredTable] = [:]
            var batchCount = 0
            while let batch = try source.batch(
                eventCountMax: 1 + Int(random.next(below: 1 + random.next(below: 9000))),
                Self.form
            ) {
                batchCount += 1
                while let event = try history.next(upTo: batch.lastSequence) { folded.applyLast(of: history, event) }
                for projection in ProjectionList.books {
                    stored[projection.table, default: StoredTable()].store(batch, projection)
                    #expect(stored[projection.table] == StoredTable(folded.books, projection), "\(projection.table)")
                }
                try source.move(to: batch.lastSequence)
            }
            #expect(source.position == logEventCount)
            let chunkCount = 1 + Int(logEventCount) / BatchSource.eventCountMax
            #expect(batchCount > 2 * chunkCount, "most batches end within a chunk")
        }
    }

    /// The values of a table's rows by their keys.
    private struct StoredTable: Equatable {
        private var rows: [[String?]: [String?]] = [:]

        init() {}

        init<Table: BookProjection>(_ books: Books, _ table: Table.Type) {
            for row in Table.rows(books) { store(row, table) }
        }

        mutating func store<Table: BookProjection>(_ batch: EventBatch, _ table: Table.Type) {
            let changed = batch.bookRows.compactMap(Table.row)
            #expect(Set(changed.map { Self.key(of: $0, table) }).count == changed.count, "each row comes once")
            for row in changed { store(row, table) }
        }

        private mutating func store<Table: BookProjection>(_ row: Table.Row, _ table: Table.Type) {
            rows[Self.key(of: row, table)] =
                Table.columns.filter { $0.expression == nil }.map { $0.value(row).text }
        }

        private static func key<Table: BookProjection>(of row: Table.Row, _ table: Table.Type) -> [String?] {
            Table.columns.filter { Table.keyColumns.contains($0.name) }.map { $0.value(row).text }
        }
    }
}

private let logEventCount: UInt64 = 24_000

/// Runs the body with a closed log of generated histories in several segments.
private func withLog(seed: UInt64, _ body: (LogReader<PosixStorage>, TemporaryDirectory) throws -> Void) throws {
    let directory = TemporaryDirectory()
    let configuration = LedgerConfiguration(segmentByteCount: 256 << 10)
    try Ledger.create(in: directory.path, configuration: configuration)
    let ledger = try Ledger(opening: directory.path, configuration: configuration)
    var generator = EventGenerator(seed: seed)
    for _ in 0..<(logEventCount / 1000) {
        for outcome in ledger.append(lines: (0..<1000).map { _ in EventLine(Array(generator.nextLine().utf8)) }) {
            _ = try outcome.get()
        }
    }
    ledger.close()
    try body(LedgerReader(opening: directory.path).log, directory)
}
