import TradeModel

/// The fold of a log up to the end of a segment: what opening needs of everything before it.
///
/// See `schema/derived-files.md`, "Snapshots".
struct Snapshot: Sendable {
    let ledgerID: EventID
    /// The last event that it covers, which is the last of a segment.
    let sequence: UInt64
    /// The checksum of the last frame that it covers, which the header of the next segment repeats.
    let endChecksum: UInt32
    let lastRecordedAt: Timestamp
    /// The ids that earlier events store and that the ledger could derive for a later one, ascending.
    let reservedIDs: [EventID]
    let tradeState: TradeState<OpenTrade>

    private static let magic: [UInt8] = Array("TRDLEDSN".utf8)
    /// It changes when trades fold differently, or when the format of their state changes.
    private static let version: UInt32 = 3
    private static let headerByteCount = 96

    /// About how many bytes a snapshot of so many open trades has.
    static func usualByteCount(openCount: Int) -> Int { headerByteCount + openCount * 224 }

    /// The bytes of the file.
    func encoded() -> [UInt8] {
        let payload = encodedTrades() + encodedReservedIDs()
        var bytes = Self.magic
        bytes.reserveCapacity(Self.headerByteCount + payload.count)
        bytes.appendLittleEndian(Self.version)
        bytes.appendLittleEndian(endChecksum)
        ledgerID.append(to: &bytes)
        bytes.appendLittleEndian(sequence)
        bytes.appendLittleEndian(UInt64(bitPattern: lastRecordedAt.microsecondsSince1970))
        bytes.appendLittleEndian(tradeState.lostCount)
        bytes.appendLittleEndian(tradeState.leftOutCount)
        bytes.appendLittleEndian(UInt64(tradeState.open.count))
        bytes.appendLittleEndian(UInt64(reservedIDs.count))
        bytes.appendLittleEndian(UInt64(payload.count))
        bytes.appendLittleEndian(Checksum.crc32c(payload[...]))
        bytes.appendLittleEndian(Checksum.crc32c(bytes[...]))
        return bytes + payload
    }

    private func encodedReservedIDs() -> [UInt8] {
        var bytes: [UInt8] = []
        for id in reservedIDs { id.append(to: &bytes) }
        return bytes
    }

    private func encodedTrades() -> [UInt8] {
        var bytes: [UInt8] = []
        for slot in tradeState.open.folds.indices {
            let (id, open) = (tradeState.open.id(at: slot), tradeState.open.folds[slot])
            let (state, fills) = (open.trade.state, open.orderedFills)
            bytes.append(UInt8(id.count))
            bytes += id
            bytes.appendLittleEndian(UInt16(state.count))
            bytes += state
            bytes.appendLittleEndian(UInt32(fills.count))
            for fill in fills {
                bytes.appendLittleEndian(fill.fingerprint)
                bytes.appendLittleEndian(fill.sequence)
            }
        }
        return bytes
    }

    init(
        ledgerID: EventID,
        sequence: UInt64,
        endChecksum: UInt32,
        lastRecordedAt: Timestamp,
        reservedIDs: [EventID] = [],
        tradeState: TradeState<OpenTrade>
    ) {
        self.ledgerID = ledgerID
        self.sequence = sequence
        self.endChecksum = endChecksum
        self.lastRecordedAt = lastRecordedAt
        self.reservedIDs = reservedIDs
        self.tradeState = tradeState
    }

    /// Reads the bytes of a file; nil where they are not intact or of another version.
    init?(_ bytes: [UInt8]) {
        let end = Self.headerByteCount
        guard bytes.count >= end, bytes.starts(with: Self.magic),
            bytes.littleEndian32(at: end - 4) == Checksum.crc32c(bytes[..<(end - 4)]),
            bytes.littleEndian32(at: 8) == Self.version,
            bytes.littleEndian64(at: 80) == UInt64(bytes.count - end),
            bytes.littleEndian32(at: 88) == Checksum.crc32c(bytes[end...])
        else { return nil }
        do {
            var reader = ByteReader(bytes[end...])
            tradeState = TradeState(
                open: try Self.trades(&reader, count: bytes.littleEndian64(at: 64)),
                lostCount: bytes.littleEndian64(at: 48),
                leftOutCount: bytes.littleEndian64(at: 56)
            )
            reservedIDs = try Self.reservedIDs(&reader, count: bytes.littleEndian64(at: 72))
        } catch { return nil }
        endChecksum = bytes.littleEndian32(at: 12)
        ledgerID = EventID(bytes.span, at: 16)
        sequence = bytes.littleEndian64(at: 32)
        lastRecordedAt = Timestamp(microsecondsSince1970: Int64(bitPattern: bytes.littleEndian64(at: 40)))
    }

    private static func trades(
        _ reader: inout ByteReader,
        count: UInt64
    ) throws(BodyFault) -> OpenTrades<OpenTrade> {
        var trades = OpenTrades<OpenTrade>()
        for _ in 0..<count {
            let id = try reader.bytes(Int(try reader.uint8("length of a trade id")), "trade id")
            let trade = try Trade(state: try reader.bytes(Int(try reader.uint16("length of a state")), "state"))
            var fills: [OpenTrade.Fill] = []
            for _ in 0..<(try reader.uint32("count of fills")) {
                let fingerprint = try reader.uint64("fingerprint")
                fills.append(OpenTrade.Fill(fingerprint: fingerprint, sequence: try reader.uint64("sequence")))
            }
            let fingerprint = Fingerprint.trade(id.span)
            guard trades.slot(of: id.span, fingerprint) == nil else {
                throw BodyFault(message: "a trade for the second time")
            }
            trades.insert(OpenTrade(trade, fills: fills), id: id.span, fingerprint)
        }
        return trades
    }

    private static func reservedIDs(_ reader: inout ByteReader, count: UInt64) throws(BodyFault) -> [EventID] {
        var ids: [EventID] = []
        for _ in 0..<count {
            let id = try reader.bytes(EventID.byteCount, "event id")
            ids.append(EventID(id.span, at: 0))
        }
        guard reader.rest.isEmpty else { throw BodyFault(message: "bytes after the event ids") }
        return ids
    }
}

/// The file of a snapshot, named after the last sequence that it covers.
struct SnapshotFile: Hashable, Comparable {
    static let temporaryName = "snapshot.tmp"
    private static let suffix = ".snapshot"

    let sequence: UInt64

    init(sequence: UInt64) {
        self.sequence = sequence
    }

    /// Reads a file's name; nil where it is not a snapshot's.
    init?(fileName: String) {
        guard fileName.hasSuffix(Self.suffix),
            let sequence = SequenceDigits.number(fileName.utf8.dropLast(Self.suffix.utf8.count)), sequence > 0
        else { return nil }
        self.sequence = sequence
    }

    var fileName: String { SequenceDigits.text(sequence, followedBy: Self.suffix) }

    /// The snapshots of a ledger, the newest first.
    static func all<S: Storage>(_ storage: S) throws(LedgerError) -> [SnapshotFile] {
        let names = try storage.list()
        return names.compactMap(SnapshotFile.init(fileName:)).sorted(by: >)
    }

    /// The snapshot, if it is intact and belongs to this log: the next segment repeats its checksum.
    func read<S: Storage>(
        _ storage: S,
        _ catalog: SegmentCatalog,
        of ledgerID: EventID
    ) -> Snapshot? {
        let next = SegmentName(firstSequence: sequence + 1)
        guard catalog.contains(next) else { return nil }
        do throws(LedgerError) {
            let file = try OpenFile(storage, fileName, .reading)
            guard let snapshot = Snapshot(try file.bytes(0..<(try file.byteCount()))), snapshot.sequence == sequence,
                snapshot.ledgerID == ledgerID,
                try FrameReader(storage, next).header.previousChecksum == snapshot.endChecksum
            else { return nil }
            return snapshot
        } catch {
            // A file that cannot be read is treated as damaged.
            return nil
        }
    }

    /// Writes a snapshot; the file gets its name only once it is durable.
    static func write<S: Storage>(_ snapshot: Snapshot, _ storage: S) throws(LedgerError) {
        let bytes = snapshot.encoded()
        let file = try OpenFile(creating: temporaryName, storage)
        try file.write(bytes, at: 0)
        try file.synchronize()
        try storage.rename(temporaryName, to: SnapshotFile(sequence: snapshot.sequence).fileName)
        try storage.synchronizeDirectory()
    }

    static func < (left: SnapshotFile, right: SnapshotFile) -> Bool { left.sequence < right.sequence }
}
