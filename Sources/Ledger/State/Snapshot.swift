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
    let tradeState: TradeState<SnapshotTrade>
    /// How large the file is that it was read from; 0 where it was not.
    let byteCount: Int

    private static let magic: [UInt8] = Array("TRDLEDSN".utf8)
    /// It changes when trades fold differently, or when the format of their state changes.
    private static let version: UInt32 = 2
    private static let headerByteCount = 88

    /// The bytes of the file.
    func encoded() -> [UInt8] {
        let payload = encodedTrades()
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
        bytes.appendLittleEndian(UInt64(payload.count))
        bytes.appendLittleEndian(Checksum.crc32c(payload[...]))
        bytes.appendLittleEndian(Checksum.crc32c(bytes[...]))
        return bytes + payload
    }

    private func encodedTrades() -> [UInt8] {
        var bytes: [UInt8] = []
        for slot in tradeState.open.folds.indices {
            let (id, record) = (tradeState.open.id(at: slot), tradeState.open.folds[slot])
            bytes.append(UInt8(id.count))
            bytes += id
            bytes.appendLittleEndian(UInt16(record.state.count))
            bytes += record.state
            bytes.appendLittleEndian(UInt32(record.fills.count))
            for fill in record.fills {
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
        tradeState: TradeState<SnapshotTrade>
    ) {
        self.ledgerID = ledgerID
        self.sequence = sequence
        self.endChecksum = endChecksum
        self.lastRecordedAt = lastRecordedAt
        self.tradeState = tradeState
        byteCount = 0
    }

    /// Reads the bytes of a file; nil where they are not intact or of another version.
    init?(_ bytes: [UInt8]) {
        let end = Self.headerByteCount
        guard bytes.count >= end, bytes.starts(with: Self.magic),
            bytes.littleEndian32(at: end - 4) == Checksum.crc32c(bytes[..<(end - 4)]),
            bytes.littleEndian32(at: 8) == Self.version,
            bytes.littleEndian64(at: 72) == UInt64(bytes.count - end),
            bytes.littleEndian32(at: 80) == Checksum.crc32c(bytes[end...])
        else { return nil }
        do {
            tradeState = TradeState(
                open: try Self.trades(bytes[end...], count: bytes.littleEndian64(at: 64)),
                lostCount: bytes.littleEndian64(at: 48),
                leftOutCount: bytes.littleEndian64(at: 56)
            )
        } catch { return nil }
        byteCount = bytes.count
        endChecksum = bytes.littleEndian32(at: 12)
        ledgerID = EventID(bytes.span, at: 16)
        sequence = bytes.littleEndian64(at: 32)
        lastRecordedAt = Timestamp(microsecondsSince1970: Int64(bitPattern: bytes.littleEndian64(at: 40)))
    }

    private static func trades(
        _ bytes: ArraySlice<UInt8>,
        count: UInt64
    ) throws(BodyFault) -> OpenTrades<SnapshotTrade> {
        var reader = ByteReader(bytes)
        var trades = OpenTrades<SnapshotTrade>()
        for _ in 0..<count {
            let id = try reader.bytes(Int(try reader.uint8("length of a trade id")), "trade id")
            let state = Array(try reader.bytes(Int(try reader.uint16("length of a state")), "state"))
            var fills: [SnapshotTrade.Fill] = []
            for _ in 0..<(try reader.uint32("count of fills")) {
                let fingerprint = try reader.uint64("fingerprint")
                fills.append(SnapshotTrade.Fill(fingerprint: fingerprint, sequence: try reader.uint64("sequence")))
            }
            let fingerprint = Fingerprint.trade(id.span)
            guard trades.slot(of: id.span, fingerprint) == nil else {
                throw BodyFault(message: "a trade for the second time")
            }
            trades.insert(try SnapshotTrade(state: state, fills: fills), id: id.span, fingerprint)
        }
        guard reader.rest.isEmpty else { throw BodyFault(message: "bytes after the trades") }
        return trades
    }
}
