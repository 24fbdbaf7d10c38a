import TradeModel

/// The header of an index run, and the layout of its file.
///
/// See `schema/derived-files.md`, "Index runs".
struct IndexRunHeader: Equatable {
    static let byteCount = 76
    private static let magic: [UInt8] = Array("TRDLEDID".utf8)
    private static let version: UInt32 = 1
    /// A run of this many events has entries that 32 bits can count.
    static let eventCountMax: UInt64 = 1 << 31 - 1

    let ledgerID: EventID
    /// The events whose identities the run holds.
    let sequences: ClosedRange<UInt64>
    let entryCount: UInt64
    /// How many of the events begin a trade, or another subject.
    let openedCount: UInt64
    /// How many of the events have no entries, because they were lost or depend on a lost one.
    let skippedCount: UInt32
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
        bytes.appendLittleEndian(openedCount)
        bytes.appendLittleEndian(headChecksum)
        bytes.appendLittleEndian(skippedCount)
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
            openedCount: bytes.littleEndian64(at: 56),
            skippedCount: bytes.littleEndian32(at: 68),
            endChecksum: bytes.littleEndian32(at: 12)
        )
        guard header.entryCount <= 2 * header.eventCount, header.openedCount <= header.eventCount else { return nil }
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
    var filterByteCount: Int { IndexFilter.byteCount(openedCount: openedCount) }
    var directoryByteCount: Int { bucketCount * Self.directoryEntryByteCount }
    /// Filter and directory, which are read when the file is opened.
    var headRange: Range<Int> {
        Self.byteCount..<(Self.byteCount + filterByteCount + directoryByteCount)
    }
    var fileByteCount: Int { headRange.upperBound + Int(entryCount) * Self.entryByteCount }

    /// The part of a 64-bit fingerprint that an entry keeps.
    static func short(_ fingerprint: UInt64) -> UInt64 { fingerprint >> (64 - fingerprintBitCount) }

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
