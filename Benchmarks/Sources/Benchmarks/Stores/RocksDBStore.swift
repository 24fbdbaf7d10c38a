internal import CRocksDB
internal import Glibc

/// RocksDB with a write-ahead log that is flushed at every commit, and otherwise default settings.
///
/// Writes of many threads share flushes in RocksDB itself.
@safe
final class RocksDBStore: RecordStore {
    static let name = "RocksDB (sync)"
    // All three may be used by any thread, as rocksdb/c.h says of the database.
    private nonisolated(unsafe) let database: OpaquePointer
    private nonisolated(unsafe) let durably: OpaquePointer
    private nonisolated(unsafe) let reading: OpaquePointer

    init(in directory: String) throws {
        let options = unsafe rocksdb_options_create()
        defer { unsafe rocksdb_options_destroy(options) }
        unsafe rocksdb_options_set_create_if_missing(options, 1)
        var error: UnsafeMutablePointer<CChar>?
        let opened = unsafe rocksdb_open(options, directory + "/rocksdb", &error)
        try unsafe Self.check(error)
        guard let opened = unsafe opened, let durably = unsafe rocksdb_writeoptions_create(),
            let reading = unsafe rocksdb_readoptions_create()
        else { throw Failure("RocksDB did not open, and did not say why") }
        unsafe rocksdb_writeoptions_set_sync(durably, 1)
        unsafe database = opened
        unsafe self.durably = durably
        unsafe self.reading = reading
    }

    deinit {
        unsafe rocksdb_readoptions_destroy(reading)
        unsafe rocksdb_writeoptions_destroy(durably)
        unsafe rocksdb_close(database)
    }

    func append(_ records: ArraySlice<StoredRecord>) throws {
        let batch = unsafe rocksdb_writebatch_create()
        defer { unsafe rocksdb_writebatch_destroy(batch) }
        for record in records {
            // Keys sort by their bytes.
            var key = record.sequence.bigEndian
            unsafe withUnsafeBytes(of: &key) { key in
                unsafe record.bytes.withUnsafeBytes { value in
                    unsafe rocksdb_writebatch_put(
                        batch,
                        key.bindMemory(to: CChar.self).baseAddress,
                        key.count,
                        value.bindMemory(to: CChar.self).baseAddress,
                        value.count
                    )
                }
            }
        }
        var error: UnsafeMutablePointer<CChar>?
        unsafe rocksdb_write(database, durably, batch, &error)
        try unsafe Self.check(error)
    }

    func visit(_ body: (StoredRecord) throws -> Void) throws {
        let iterator = unsafe rocksdb_create_iterator(database, reading)
        defer { unsafe rocksdb_iter_destroy(iterator) }
        unsafe rocksdb_iter_seek_to_first(iterator)
        while unsafe rocksdb_iter_valid(iterator) != 0 {
            var byteCount = 0
            let value = unsafe rocksdb_iter_value(iterator, &byteCount)
            let bytes = unsafe Array(UnsafeRawBufferPointer(start: value, count: byteCount))
            try body(StoredRecord(sequence: unsafe Self.sequence(iterator), bytes: bytes))
            unsafe rocksdb_iter_next(iterator)
        }
        var error: UnsafeMutablePointer<CChar>?
        unsafe rocksdb_iter_get_error(iterator, &error)
        try unsafe Self.check(error)
    }

    func lastSequence() throws -> UInt64 {
        let iterator = unsafe rocksdb_create_iterator(database, reading)
        defer { unsafe rocksdb_iter_destroy(iterator) }
        unsafe rocksdb_iter_seek_to_last(iterator)
        return unsafe rocksdb_iter_valid(iterator) != 0 ? unsafe Self.sequence(iterator) : 0
    }

    private static func sequence(_ iterator: OpaquePointer?) -> UInt64 {
        var byteCount = 0
        let key = unsafe rocksdb_iter_key(iterator, &byteCount)
        return unsafe UnsafeRawBufferPointer(start: key, count: byteCount).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func check(_ error: UnsafeMutablePointer<CChar>?) throws {
        guard let error = unsafe error else { return }
        defer { unsafe rocksdb_free(error) }
        throw unsafe Failure("RocksDB: \(String(cString: error))")
    }
}
