/// A database that keeps records under their sequences, and answers a write once it is durable.
protocol RecordStore: AnyObject, Sendable {
    /// What the report calls it.
    static var name: String { get }

    /// Opens what the directory holds, or makes it.
    init(in directory: String) throws

    /// Adds records with one commit.
    ///
    /// Any number of threads may call it.
    func append(_ records: ArraySlice<StoredRecord>) throws

    /// Visits all records in the order of their sequences.
    func visit(_ body: (StoredRecord) throws -> Void) throws

    /// The last sequence, 0 where there is none.
    func lastSequence() throws -> UInt64
}

/// What the ledger is compared with.
let recordStores: [any RecordStore.Type] = [SQLiteStore.self, RocksDBStore.self]
