import TradeModel

/// The bytes of a snapshot, which are written and read in pieces: memory holds one piece besides the snapshot.
extension Snapshot {
    private static let magic: [UInt8] = Array("TRDLEDSN".utf8)
    /// It changes when trades fold differently, or when the format of their state changes.
    private static let version: UInt32 = 5
    private static let headerByteCount = 112

    /// About how many bytes a snapshot of so many open trades and other open subjects has.
    static func usualByteCount(of subjects: SubjectState) -> Int {
        headerByteCount + subjects.openTrades.count * 160 + subjects.openLives.count * 48
    }

    /// Writes all bytes of a file, the header last.
    func write<S: Storage>(to file: OpenFile<S>) throws(LedgerError) {
        var pieces = PieceWriter(file, from: Self.headerByteCount)
        for slot in 0..<subjects.openTrades.count {
            try pieces.write { append(tradeInSlot: slot, to: &$0) }
        }
        for slot in 0..<subjects.openLives.count {
            try pieces.write { append(subjectInSlot: slot, to: &$0) }
        }
        for halt in subjects.halts.inForce {
            try pieces.write { bytes in
                bytes.appendLittleEndian(UInt32(halt.body.bytes.count))
                bytes.appendLittleEndian(halt.sequence)
                bytes += halt.body.bytes
            }
        }
        for id in reservedIDs {
            try pieces.write { id.append(to: &$0) }
        }
        let payload = try pieces.finish()
        var header = Self.magic
        header.appendLittleEndian(Self.version)
        header.appendLittleEndian(end.checksum)
        end.ledgerID.append(to: &header)
        header.appendLittleEndian(end.sequence)
        header.appendLittleEndian(UInt64(bitPattern: lastRecordedAt.microsecondsSince1970))
        header.appendLittleEndian(subjects.lostCount)
        header.appendLittleEndian(subjects.leftOutCount)
        header.appendLittleEndian(UInt64(subjects.openTrades.count))
        header.appendLittleEndian(UInt64(subjects.openLives.count))
        header.appendLittleEndian(UInt64(subjects.halts.inForce.count))
        header.appendLittleEndian(UInt64(reservedIDs.count))
        header.appendLittleEndian(UInt64(payload.byteCount))
        header.appendLittleEndian(payload.checksum)
        header.appendLittleEndian(Checksum.crc32c(header[...]))
        try file.write(header, at: 0)
    }

    private func append(tradeInSlot slot: Int, to bytes: inout [UInt8]) {
        let id = subjects.openTrades.id(at: slot)
        let (state, fills) = (subjects.openTrades[slot].trade.state, subjects.openTrades[slot].orderedFills)
        bytes.appendLittleEndian(UInt32(1 + id.count + 2 + state.count + fills.count * 16))
        bytes.append(UInt8(id.count))
        bytes += id
        bytes.appendLittleEndian(UInt16(state.count))
        bytes += state
        for fill in fills {
            bytes.appendLittleEndian(fill.fingerprint)
            bytes.appendLittleEndian(fill.sequence)
        }
    }

    private func append(subjectInSlot slot: Int, to bytes: inout [UInt8]) {
        let (id, life) = (subjects.openLives.id(at: slot), subjects.openLives[slot])
        bytes.append(life.subject.number)
        bytes.append(UInt8(id.count))
        bytes.appendLittleEndian(life.firstSequence)
        bytes.appendLittleEndian(life.eventCount)
        bytes += id
    }

    /// Reads a file; nil where its bytes are not intact or of another version.
    ///
    /// The checksum is known only after the last trade, so no trade's bytes may make the reader trap.
    init?<S: Storage>(reading file: OpenFile<S>) throws(LedgerError) {
        let byteCount = try file.byteCount()
        let header = try file.bytes(0..<min(Self.headerByteCount, byteCount))
        let end = Self.headerByteCount
        guard header.count == end, header.starts(with: Self.magic),
            header.littleEndian32(at: end - 4) == Checksum.crc32c(header[..<(end - 4)]),
            header.littleEndian32(at: 8) == Self.version,
            header.littleEndian64(at: 96) == UInt64(byteCount - end)
        else { return nil }
        var pieces = PieceReader(file, end..<byteCount)
        do {
            subjects = SubjectState(
                openTrades: try Self.trades(&pieces, count: header.littleEndian64(at: 64)),
                openLives: try Self.lives(&pieces, count: header.littleEndian64(at: 72)),
                halts: try Self.halts(&pieces, count: header.littleEndian64(at: 80)),
                lostCount: header.littleEndian64(at: 48),
                leftOutCount: header.littleEndian64(at: 56)
            )
            for _ in 0..<header.littleEndian64(at: 88) {
                let id = try pieces.read(EventID.byteCount) { $0.rest }
                reservedIDs.append(EventID(id.span, at: 0))
            }
        } catch let error as LedgerError {
            throw error
        } catch {
            return nil
        }
        guard pieces.isAtEnd, pieces.checksum == header.littleEndian32(at: 104) else { return nil }
        self.end = SegmentEnd(
            ledgerID: EventID(header.span, at: 16),
            sequence: header.littleEndian64(at: 32),
            checksum: header.littleEndian32(at: 12)
        )
        lastRecordedAt = Timestamp(microsecondsSince1970: Int64(bitPattern: header.littleEndian64(at: 40)))
    }

    private static func trades<S>(_ pieces: inout PieceReader<S>, count: UInt64) throws -> OpenTrades {
        var trades = OpenTrades()
        for _ in 0..<count {
            let byteCount = try pieces.read(4) { try $0.uint32("length of a trade") }
            try pieces.read(Int(byteCount)) { try insert(&$0, into: &trades) }
        }
        return trades
    }

    private static func lives<S>(
        _ pieces: inout PieceReader<S>,
        count: UInt64
    ) throws -> OpenSubjects<SubjectLife> {
        var lives = OpenSubjects<SubjectLife>()
        for _ in 0..<count {
            let (field, idByteCount) = try pieces.read(2) { head in
                (Field(number: try head.uint8("kind of a subject")), Int(try head.uint8("length of an id")))
            }
            try pieces.read(16 + idByteCount) { reader in
                let first = try reader.uint64("first sequence")
                let eventCount = try reader.uint64("count of events")
                let id = reader.rest
                let fingerprint = Fingerprint.subject(id.span, of: field)
                guard first > 0, eventCount > 0, lives.slot(of: id.span, fingerprint) == nil else {
                    throw BodyFault(message: "a subject without events, or for the second time")
                }
                let life = SubjectLife(subject: field, firstSequence: first, eventCount: eventCount)
                lives.insert(life, id: id.span, fingerprint)
            }
        }
        return lives
    }

    private static func halts<S>(_ pieces: inout PieceReader<S>, count: UInt64) throws -> Halts {
        var halts = Halts()
        for _ in 0..<count {
            let byteCount = try pieces.read(4) { try $0.uint32("length of a halt") }
            try pieces.read(8 + Int(byteCount)) { reader in
                let sequence = try reader.uint64("sequence")
                halts.apply(try EventBody(validating: Array(reader.rest)), sequence: sequence)
            }
        }
        guard halts.inForce.count == count else { throw BodyFault(message: "an event that halts nothing") }
        return halts
    }

    private static func insert(_ reader: inout ByteReader, into trades: inout OpenTrades) throws(BodyFault) {
        let id = try reader.bytes(Int(try reader.uint8("length of a trade id")), "trade id")
        let fingerprint = Fingerprint.trade(id.span)
        guard trades.slot(of: id.span, fingerprint) == nil else {
            throw BodyFault(message: "a trade for the second time")
        }
        let state = try reader.bytes(Int(try reader.uint16("length of a state")), "state")
        var trade = OpenTrade(try Trade(state: state))
        while reader.byteCountLeft > 0 {
            let fill = try reader.uint64("fingerprint")
            let sequence = try reader.uint64("sequence")
            guard sequence > 0 else { throw BodyFault(message: "a fill of event 0") }
            trade.noteFill(fill, sequence)
        }
        trades.insert(trade, id: id.span, fingerprint)
    }
}

/// Writes a file front to back.
private struct PieceWriter<S: Storage> {
    private let file: OpenFile<S>
    private let start: Int
    private var offset: Int
    private var piece: [UInt8] = []
    private var checksum: UInt32 = 0

    private static var byteCount: Int { 1 << 18 }

    init(_ file: OpenFile<S>, from offset: Int) {
        self.file = file
        start = offset
        self.offset = offset
    }

    /// Writes what the caller appends.
    mutating func write(_ append: (inout [UInt8]) -> Void) throws(LedgerError) {
        append(&piece)
        if piece.count >= Self.byteCount { try flush() }
    }

    /// Writes the rest; returns how many bytes there were, and their checksum.
    mutating func finish() throws(LedgerError) -> (byteCount: Int, checksum: UInt32) {
        try flush()
        return (offset - start, checksum)
    }

    private mutating func flush() throws(LedgerError) {
        try file.write(piece, at: offset)
        checksum = Checksum.crc32c(piece[...], continuing: checksum)
        offset += piece.count
        piece.removeAll(keepingCapacity: true)
    }
}

/// Reads a range of a file front to back.
private struct PieceReader<S: Storage> {
    private let file: OpenFile<S>
    /// What was not read from the file yet.
    private var range: Range<Int>
    /// What was read from the file and not asked for yet: a piece is replaced and never changed, so its slices stay.
    private var piece: ArraySlice<UInt8> = []
    /// The checksum of what was read from the file.
    private(set) var checksum: UInt32 = 0

    private static var byteCount: Int { 1 << 18 }

    init(_ file: OpenFile<S>, _ range: Range<Int>) {
        self.file = file
        self.range = range
    }

    var isAtEnd: Bool { range.isEmpty && piece.isEmpty }

    /// Reads from the next so many bytes.
    mutating func read<Value>(_ count: Int, _ read: (inout ByteReader) throws -> Value) throws -> Value {
        if piece.count < count { try refill(count) }
        var reader = ByteReader(piece.prefix(count))
        piece = piece.dropFirst(count)
        return try read(&reader)
    }

    private mutating func refill(_ count: Int) throws {
        let next = range.prefix(max(Self.byteCount, count - piece.count))
        let read = try file.bytes(next)
        guard read.count == next.count, piece.count + read.count >= count else {
            throw BodyFault(message: "the snapshot ends early")
        }
        checksum = Checksum.crc32c(read[...], continuing: checksum)
        piece = piece + read
        range = next.endIndex..<range.upperBound
    }
}
