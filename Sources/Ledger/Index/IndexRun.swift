import TradeModel

/// A sorted file of the identities of a range of events: says which events may have a fingerprint.
///
/// Filter and directory are in memory. Entries are read with a system call, not mapped: a read error on a mapped page
/// would kill the process, and this process trades. Each bucket of entries has its own checksum, so every lookup
/// verifies what it reads.
final class IndexRun<S: Storage>: Sendable {
    let header: IndexRunHeader
    let name: IndexRunName
    private let directory: String
    private let filter: IndexFilter
    /// Where each bucket begins, as a count of entries, and the checksum of its bytes.
    private let buckets: [UInt8]
    private let file: OpenFile<S>

    /// Opens a run; nil where header, filter or directory are not intact, or are of another ledger or place.
    init?(_ storage: S, _ name: IndexRunName, of ledgerID: EventID) throws(LedgerError) {
        let file = try OpenFile(storage, name.fileName, .reading)
        guard let (header, checksum) = IndexRunHeader.decode(try file.bytes(0..<IndexRunHeader.byteCount)),
            header.ledgerID == ledgerID, header.sequences == name.sequences,
            try file.byteCount() == header.fileByteCount
        else { return nil }
        let head = try file.bytes(header.headRange)
        guard head.count == header.headRange.count, Checksum.crc32c(head[...]) == checksum else { return nil }
        self.header = header
        self.name = name
        self.file = file
        directory = storage.directory
        filter = IndexFilter(Array(head[..<header.filterByteCount]))
        buckets = Array(head[header.filterByteCount...])
    }

    var sequences: ClosedRange<UInt64> { header.sequences }
    var bucketCount: Int { header.bucketCount }
    /// Bytes that the run keeps in memory for its filter.
    var filterByteCount: Int { filter.bytes.count }

    /// Appends the sequences that may have a fingerprint, ascending.
    ///
    /// Reads one bucket, or nothing if the filter excludes the fingerprint. Throws `unusable` where the bucket is
    /// damaged.
    func appendCandidates(_ fingerprint: UInt64, to sequences: inout [UInt64]) throws(LedgerError) {
        let short = IndexRunHeader.short(fingerprint)
        guard filter.mayContain(short) else { return }
        let bucket = header.bucket(of: short)
        let bytes = try bytes(ofBucket: bucket)
        for offset in stride(from: 0, to: bytes.count, by: IndexRunHeader.entryByteCount) {
            let entry = header.entry(of: Self.value(bytes, at: offset), bucket: bucket)
            if entry.fingerprint == short { sequences.append(entry.sequence) }
            if entry.fingerprint > short { return }
        }
    }

    /// The entries of a bucket, ascending.
    func entries(ofBucket bucket: Int) throws(LedgerError) -> [IndexEntry] {
        let bytes = try bytes(ofBucket: bucket)
        return stride(from: 0, to: bytes.count, by: IndexRunHeader.entryByteCount)
            .map { header.entry(of: Self.value(bytes, at: $0), bucket: bucket) }
    }

    /// Whether the filter knows the fingerprint of an entry.
    func filterHolds(_ entry: IndexEntry) -> Bool { filter.mayContain(entry.fingerprint) }

    private func bytes(ofBucket bucket: Int) throws(LedgerError) -> [UInt8] {
        let place = bucket * IndexRunHeader.directoryEntryByteCount
        let start = Int(buckets.littleEndian32(at: place))
        let isLast = bucket + 1 == bucketCount
        let end =
            isLast
            ? Int(header.entryCount)
            : Int(buckets.littleEndian32(at: place + IndexRunHeader.directoryEntryByteCount))
        guard start <= end else { throw corruption(bucket) }
        let entriesOffset = header.headRange.upperBound
        let bytes = try file.bytes(
            (entriesOffset + start * IndexRunHeader.entryByteCount)..<(entriesOffset + end
                * IndexRunHeader.entryByteCount)
        )
        guard bytes.count == (end - start) * IndexRunHeader.entryByteCount,
            Checksum.crc32c(bytes[...]) == buckets.littleEndian32(at: place + 4)
        else { throw corruption(bucket) }
        return bytes
    }

    private static func value(_ bytes: [UInt8], at offset: Int) -> UInt64 {
        UInt64(bytes.littleEndian32(at: offset)) | UInt64(bytes[offset + 4]) << 32
    }

    private func corruption(_ bucket: Int) -> LedgerError {
        LedgerError(
            .unusable,
            "\(directory)/\(name.fileName) is damaged in bucket \(bucket)",
            remedy: "remove that file and open the ledger again, which rebuilds it from the segments"
        )
    }
}
