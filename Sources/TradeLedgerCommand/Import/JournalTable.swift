internal import Projections
internal import TradeModel

/// What memory holds of a record.
struct JournalEntry {
    let tradeID: ByteText
    let file: ByteText
    let state: JournalRecord.State
    let openedAt: Timestamp
    let quote: ByteText
    let fees: Decimal
    let result: Decimal?
    let statedResult: Decimal?
    let hash: JournalHash
    /// Where the table's file has the record's first event, and its close after it.
    fileprivate let first: Range<Int>
    fileprivate let close: Range<Int>
    /// What the ledger had of the trade before the import.
    var onRecord = TradeOnRecord()

    fileprivate init(_ record: JournalRecord, file: ByteText, first: Range<Int>, close: Range<Int>) {
        (tradeID, self.file, state, openedAt) = (record.tradeID, file, record.state, record.openedAt)
        (quote, fees, result, statedResult) = (record.quote, record.fees, record.result, record.statedResult)
        (hash, self.first, self.close) = (record.hash, first, close)
    }
}

/// The records of a journal: some 500 bytes of each in memory, and their events in an unnamed temporary file.
struct JournalTable: ~Copyable {
    private(set) var entries: [JournalEntry] = []
    private var indices: [ByteText: Int] = [:]
    private let file: UnnamedFile
    /// What was not written to the file yet.
    private var buffer: [UInt8] = []
    private var writtenByteCount = 0

    private static let bufferByteCount = 1 << 20

    init(in directory: String) throws(FileError) { file = try UnnamedFile(in: directory) }

    /// The number of the entry of a trade; nil if there is none.
    func index(of trade: ByteText) -> Int? { indices[trade] }

    /// Adds a record, or replaces the one of another file of the same trade.
    mutating func add(_ record: JournalRecord, file name: ByteText) throws(FileError) {
        let first = try write(record.first.json)
        let close = try write(record.close?.json ?? [])
        let entry = JournalEntry(record, file: name, first: first, close: close)
        if let index = indices[record.tradeID] {
            entries[index] = entry
        } else {
            indices[record.tradeID] = entries.count
            entries.append(entry)
        }
    }

    /// Notes what the ledger has of a trade.
    mutating func update(_ index: Int, _ change: (inout TradeOnRecord) throws -> Void) rethrows {
        try change(&entries[index].onRecord)
    }

    /// Makes the events that were added readable.
    mutating func flush() throws(FileError) {
        try file.write(buffer, at: writtenByteCount)
        writtenByteCount += buffer.count
        buffer.removeAll(keepingCapacity: true)
    }

    /// The open of a trade, or the order that stands for it.
    func firstEvent(of entry: JournalEntry) throws(FileError) -> JournalEvent {
        JournalEvent(json: try file.bytes(entry.first))
    }

    /// The close of a trade whose record is closed.
    func closeEvent(of entry: JournalEntry) throws(FileError) -> JournalEvent {
        JournalEvent(json: try file.bytes(entry.close))
    }

    private mutating func write(_ bytes: [UInt8]) throws(FileError) -> Range<Int> {
        let start = writtenByteCount + buffer.count
        buffer += bytes
        if buffer.count >= Self.bufferByteCount { try flush() }
        return start..<start + bytes.count
    }
}
