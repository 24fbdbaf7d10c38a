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

/// The header of an index run, and the layout of its file.
///
/// See `schema/derived-files.md`, "Index runs".
struct IndexRunHeader: Equatable {
    static let byteCount = 84
    private static let magic: [UInt8] = Array("TRDLEDID".utf8)
    private static let version: UInt32 = 2
    /// A run of this many events has entries that 32 bits can count.
    static let eventCountMax: UInt64 = 1 << 31 - 1

    let ledgerID: EventID
    /// The events whose identities the run holds.
    let sequences: ClosedRange<UInt64>
    let entryCount: UInt64
    /// At least as many as the entries have different fingerprints.
    let keyCount: UInt64
    /// How many of the events have no entries, because they were lost or depend on a lost one.
    let skippedCount: UInt32
    /// Of the UUIDv7s among the event ids, the latest time in milliseconds, and one more; 0 where there is none.
    let idTimeEnd: UInt64
    /// The checksum of the last frame that it covers, which the header of the next segment repeats.
    let endChecksum: UInt32

    /// The bytes of the header, of a file whose filter and directory have this checksum.
    func encoded(headChecksum: UInt32) -> [UInt8] {
        var bytes = Self.magic
        bytes.appendLittleEndian(Self.version)
        bytes.appendLittleEndian(endChecksum)
        ledgerID.append(to: &bytes)
        bytes.appendLittleEndian(sequences.lowerBound)
        bytes.appendLittleEndian(sequences.upperBound)
        bytes.appendLittleEndian(entryCount)
        bytes.appendLittleEndian(keyCount)
        bytes.appendLittleEndian(headChecksum)
        bytes.appendLittleEndian(skippedCount)
        bytes.appendLittleEndian(idTimeEnd)
        bytes.appendLittleEndian(Checksum.crc32c(bytes[...]))
        return bytes
    }

    /// Reads a header; nil where it is not intact or of another version.
    static func decode(_ bytes: [UInt8]) -> (header: IndexRunHeader, headChecksum: UInt32)? {
        guard bytes.count == byteCount, bytes.starts(with: magic),
            bytes.littleEndian32(at: byteCount - 4) == Checksum.crc32c(bytes.dropLast(4)),
            bytes.littleEndian32(at: 8) == version
        else { return nil }
        let (first, last) = (bytes.littleEndian64(at: 32), bytes.littleEndian64(at: 40))
        guard first > 0, first <= last, last - first < eventCountMax else { return nil }
        let header = IndexRunHeader(
            ledgerID: EventID(bytes.span, at: 16),
            sequences: first...last,
            entryCount: bytes.littleEndian64(at: 48),
            keyCount: bytes.littleEndian64(at: 56),
            skippedCount: bytes.littleEndian32(at: 68),
            idTimeEnd: bytes.littleEndian64(at: 72),
            endChecksum: bytes.littleEndian32(at: 12)
        )
        guard header.entryCount <= 2 * header.eventCount, header.keyCount <= header.entryCount else { return nil }
        return (header, bytes.littleEndian32(at: 64))
    }
}

/// The layout of the file, and how an entry is packed.
extension IndexRunHeader {
    /// How many of a fingerprint's bits, the top ones, an entry keeps.
    static let fingerprintBitCount = 34
    static let entryByteCount = 5
    /// A bucket's place in the entries and its checksum.
    static let directoryEntryByteCount = 8

    var eventCount: UInt64 { sequences.upperBound - sequences.lowerBound + 1 }

    /// Bits of a sequence within the run.
    private var sequenceBitCount: Int { UInt64.bitWidth - (eventCount - 1).leadingZeroBitCount }
    /// Bits of a fingerprint that say its bucket: as many as make the other bits and the sequence 40 bits at most.
    private var bucketBitCount: Int { max(0, sequenceBitCount - 6) }
    private var restBitCount: Int { Self.fingerprintBitCount - bucketBitCount }

    var bucketCount: Int { 1 << bucketBitCount }
    var filterByteCount: Int { IndexFilter.byteCount(keyCount: keyCount) }
    var directoryByteCount: Int { bucketCount * Self.directoryEntryByteCount }
    /// Filter and directory, which are read when the file is opened.
    var headRange: Range<Int> {
        Self.byteCount..<(Self.byteCount + filterByteCount + directoryByteCount)
    }
    var fileByteCount: Int { headRange.upperBound + Int(entryCount) * Self.entryByteCount }

    /// The part of a 64-bit fingerprint that an entry keeps.
    static func short(_ fingerprint: UInt64) -> UInt64 { fingerprint >> (64 - fingerprintBitCount) }

    /// False if the run certainly has no entry for an event id.
    ///
    /// The bound is of the ids that the run holds, whatever clocks they come from. So a UUIDv7 that was just made needs
    /// no look into older runs, unless a producer's clock was ahead.
    func mayHold(_ id: EventID) -> Bool { id.version7Milliseconds.map { $0 < idTimeEnd } ?? true }

    /// The bucket of a short fingerprint.
    func bucket(of short: UInt64) -> Int { Int(short >> UInt64(restBitCount)) }

    /// What an entry holds: entries of a bucket sort by fingerprint, then by sequence.
    func value(of entry: IndexEntry) -> UInt64 {
        let rest = entry.fingerprint & (1 << UInt64(restBitCount) - 1)
        return rest << UInt64(sequenceBitCount) | (entry.sequence - sequences.lowerBound)
    }

    /// The entry of a value in a bucket.
    func entry(of value: UInt64, bucket: Int) -> IndexEntry {
        let offset = value & (1 << UInt64(sequenceBitCount) - 1)
        return IndexEntry(
            fingerprint: UInt64(bucket) << UInt64(restBitCount) | value >> UInt64(sequenceBitCount),
            sequence: sequences.lowerBound + offset
        )
    }
}

/// One identity of one event, as runs hold it.
struct IndexEntry: Hashable, Comparable {
    /// The top bits of the fingerprint.
    let fingerprint: UInt64
    let sequence: UInt64

    /// How many different fingerprints sorted entries have.
    static func keyCount(_ sorted: [IndexEntry]) -> UInt64 {
        var count: UInt64 = 0
        var last: UInt64?
        for entry in sorted where entry.fingerprint != last {
            count += 1
            last = entry.fingerprint
        }
        return count
    }

    /// The entry of an event under a fingerprint of 64 bits.
    init(_ fingerprint: UInt64, _ sequence: UInt64) {
        self.init(fingerprint: IndexRunHeader.short(fingerprint), sequence: sequence)
    }

    init(fingerprint: UInt64, sequence: UInt64) {
        self.fingerprint = fingerprint
        self.sequence = sequence
    }

    static func < (left: IndexEntry, right: IndexEntry) -> Bool {
        (left.fingerprint, left.sequence) < (right.fingerprint, right.sequence)
    }
}

/// The name of an index run: its first and last sequence in twenty digits each.
struct IndexRunName: Hashable {
    let sequences: ClosedRange<UInt64>

    private static let prefix = "identities-"
    private static let suffix = ".run"

    init(_ sequences: ClosedRange<UInt64>) {
        self.sequences = sequences
    }

    /// Reads a file's name; nil where it is not a run's.
    init?(fileName: String) {
        guard fileName.hasPrefix(Self.prefix), fileName.hasSuffix(Self.suffix) else { return nil }
        let numbers = fileName.utf8.dropFirst(Self.prefix.utf8.count).dropLast(Self.suffix.utf8.count)
            .split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
            .map { SequenceDigits.number($0) }
        guard numbers.count == 2, let first = numbers[0], let last = numbers[1], first > 0, first <= last
        else { return nil }
        sequences = first...last
    }

    var fileName: String {
        let (first, last) = (sequences.lowerBound, sequences.upperBound)
        return Self.prefix + SequenceDigits.text(first, followedBy: "-")
            + SequenceDigits.text(last, followedBy: Self.suffix)
    }
}

/// A blocked Bloom filter over the fingerprints of an index run: three bits in one 64-byte block for each fingerprint,
/// so that a lookup touches one cache line.
struct IndexFilter {
    private(set) var bytes: [UInt8]

    /// Bytes of a filter for so many fingerprints: 12 bits for each, in whole blocks.
    static func byteCount(keyCount: UInt64) -> Int {
        max(1, (Int(keyCount) * bitCountOfKey + blockBitCount - 1) / blockBitCount) * blockByteCount
    }

    /// With three bits set for each fingerprint, about 1 in 90 of the absent ones passes.
    private static let bitCountOfKey = 12
    private static let blockByteCount = 64
    private static let blockBitCount = blockByteCount * 8
    private static let bitCount = 3

    /// A filter that holds nothing.
    init(byteCount: Int) {
        bytes = [UInt8](repeating: 0, count: byteCount)
    }

    /// A filter from its stored bytes.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Adds a fingerprint, shortened as in the entries.
    mutating func insert(_ fingerprint: UInt64) {
        var (block, bits) = place(fingerprint)
        for _ in 0..<Self.bitCount {
            bytes[block + Int(bits >> 3 & 63)] |= 1 << UInt8(bits & 7)
            bits >>= 9
        }
    }

    /// Adds a fingerprint; false if it was certainly not present before.
    mutating func takeIn(_ fingerprint: UInt64) -> Bool {
        if mayContain(fingerprint) { return true }
        insert(fingerprint)
        return false
    }

    /// False if the fingerprint was certainly not added.
    func mayContain(_ fingerprint: UInt64) -> Bool {
        var (block, bits) = place(fingerprint)
        for _ in 0..<Self.bitCount {
            if bytes[block + Int(bits >> 3 & 63)] & 1 << UInt8(bits & 7) == 0 { return false }
            bits >>= 9
        }
        return true
    }

    /// Where the block of a fingerprint begins, and nine bits a place in it.
    private func place(_ fingerprint: UInt64) -> (block: Int, bits: UInt64) {
        var hash = fingerprint &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ (hash >> 32)) &* 0xD6E8_FEB8_6659_FD93
        let blockCount = UInt64(bytes.count / Self.blockByteCount)
        return (Int(((hash >> 32) &* blockCount) >> 32) * Self.blockByteCount, hash & 0xFFFF_FFFF)
    }
}
