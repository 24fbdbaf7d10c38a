import TradeModel

/// Writes an index run from sorted entries; the file gets its name only once it is durable.
struct IndexRunWriter<S: Storage>: ~Copyable {
    static var temporaryName: String { "identities.tmp" }
    private static var chunkByteCount: Int { 1 << 20 }

    private let storage: S
    private let header: IndexRunHeader
    private let file: OpenFile<S>
    private var filter: IndexFilter
    private var buckets: [UInt8] = []
    /// Entries that are not written yet, from a beginning of a bucket on.
    private var buffer: [UInt8] = []
    private var writtenByteCount = 0
    /// Where the bucket that is being filled begins in the buffer.
    private var bucketStart = 0
    private var bucket = 0

    init(_ storage: S, _ header: IndexRunHeader) throws(LedgerError) {
        self.storage = storage
        self.header = header
        file = try OpenFile(creating: Self.temporaryName, storage)
        filter = IndexFilter(byteCount: header.filterByteCount)
        buckets.reserveCapacity(header.directoryByteCount)
    }

    /// Adds the next entry, which is not less than the one before.
    mutating func append(_ entry: IndexEntry) throws(LedgerError) {
        let entryBucket = header.bucket(of: entry.fingerprint)
        precondition(entryBucket >= bucket, "entries come in order")
        while bucket < entryBucket { try endBucket() }
        filter.insert(entry.fingerprint)
        let value = header.value(of: entry)
        buffer.appendLittleEndian(UInt32(truncatingIfNeeded: value))
        buffer.append(UInt8(value >> 32))
    }

    /// Writes what is left, makes it durable and gives the file its name.
    consuming func finish() throws(LedgerError) {
        while bucket < header.bucketCount { try endBucket() }
        try writeBuffer()
        precondition(
            writtenByteCount == Int(header.entryCount) * IndexRunHeader.entryByteCount,
            "the header counts the entries"
        )
        let head = filter.bytes + buckets
        try file.write(header.encoded(headChecksum: Checksum.crc32c(head[...])), at: 0)
        try file.write(head, at: IndexRunHeader.byteCount)
        if !Failpoint.skipRunFlush.isActive { try file.synchronize() }
        try storage.rename(Self.temporaryName, to: IndexRunName(header.sequences).fileName)
        try storage.synchronizeDirectory()
    }

    private mutating func endBucket() throws(LedgerError) {
        let startByteCount = writtenByteCount + bucketStart
        buckets.appendLittleEndian(UInt32(startByteCount / IndexRunHeader.entryByteCount))
        buckets.appendLittleEndian(Checksum.crc32c(buffer[bucketStart...]))
        bucket += 1
        bucketStart = buffer.count
        if buffer.count >= Self.chunkByteCount { try writeBuffer() }
    }

    private mutating func writeBuffer() throws(LedgerError) {
        try file.write(buffer, at: header.headRange.upperBound + writtenByteCount)
        writtenByteCount += buffer.count
        buffer.removeAll(keepingCapacity: true)
        bucketStart = 0
    }
}
