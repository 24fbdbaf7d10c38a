internal import Ledger
internal import TradeModel

/// The same events in a ledger and in every other store, closed and ready for reading.
struct StoredLog: Sendable {
    let ledgerDirectory: String
    let storeDirectories: [(type: any RecordStore.Type, directory: String)]
    private static let eventsPerCommit = 1000

    /// Writes the events into directories within the one given.
    init(_ drafts: [EventDraft], in directory: String) throws {
        let scratch = try Scratch(at: directory)
        ledgerDirectory = try scratch.directory("ledger")
        let ledger = try Ledger.new(in: ledgerDirectory)
        for start in stride(from: 0, to: drafts.count, by: Self.eventsPerCommit) {
            try ledger.appendBlocking(batch: Array(drafts[start...].prefix(Self.eventsPerCommit)))
        }
        ledger.close()
        let records = StoredRecord.records(of: drafts)
        storeDirectories = try recordStores.enumerated().map { index, type in
            let directory = try scratch.directory("store-\(index)")
            try type.init(in: directory).append(records, recordsPerCommit: Self.eventsPerCommit)
            return (type, directory)
        }
    }
}
