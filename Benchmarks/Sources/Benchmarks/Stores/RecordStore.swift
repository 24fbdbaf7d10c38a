/// A database that keeps records under their sequences, and answers a write once it is durable.
protocol RecordStore: AnyObject, Sendable {
    /// What the report calls it.
    static var name: String { get }

    /// Opens the store in the directory, or creates it.
    init(in directory: String) throws

    /// Adds records with one commit.
    ///
    /// Any number of threads may call it.
    func append(_ records: ArraySlice<StoredRecord>) throws

    /// Visits all records in the order of their sequences.
    func visit(_ body: (StoredRecord) throws -> Void) throws

    /// The last sequence, or 0.
    func lastSequence() throws -> UInt64
}

/// The stores with which the ledger is compared.
let recordStores: [any RecordStore.Type] = [SQLiteStore.self, RocksDBStore.self]
