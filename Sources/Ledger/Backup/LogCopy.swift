import TradeModel

/// Copies a log as far as it is durable, a segment at a time; each copy is checked like a log that is opened: frame
/// checksums, sequences, and the chain to the segment before.
///
/// Finished segments never change. The last one is copied up to the frame of the last durable event: what lies behind
/// that may still be taken back by a crash.
struct LogCopy<Source: Storage, Destination: Storage> {
    let files: FileCopy<Source, Destination>
    let ledgerID: EventID
    /// The last event that is copied.
    let durableSequence: UInt64

    /// A segment as it is to be copied.
    struct Segment {
        let name: SegmentName
        /// The sequence behind its last event.
        let endSequence: UInt64
        /// How much of the file is copied.
        let byteCount: Int
        let isLast: Bool
    }

    private var source: Source { files.source }
    private var destination: Destination { files.destination }

    /// The segment that holds an event, or is the first of a log that has none.
    ///
    /// The names are listed anew each time: a writer adds and replaces files meanwhile.
    func segment(of sequence: UInt64) throws(LedgerError) -> Segment {
        let names = try SegmentCatalog(source).names.filter { $0.firstSequence <= max(durableSequence, 1) }
        guard let index = names.lastIndex(where: { $0.firstSequence <= sequence }) else {
            throw LedgerError.damage(
                source.directory,
                SegmentName(firstSequence: sequence).fileName,
                0,
                "no segment holds sequence \(sequence)"
            ).explained(by: source)
        }
        if index + 1 < names.count {
            let file = try OpenFile(source, names[index].fileName, .reading)
            return Segment(
                name: names[index],
                endSequence: names[index + 1].firstSequence,
                byteCount: try file.byteCount(),
                isLast: false
            )
        }
        return Segment(
            name: names[index],
            endSequence: durableSequence + 1,
            byteCount: try durableByteCount(names[index]),
            isLast: true
        )
    }

    /// Copies a segment and gives it its name; returns the checksum that the next one must repeat.
    ///
    /// `visit` gets each frame as it was read back.
    func copy(
        _ segment: Segment,
        after previousChecksum: UInt32,
        paddedTo paddedByteCount: Int = 0,
        _ visit: (Frame) throws(LedgerError) -> Void = { _ in }
    ) throws(LedgerError) -> UInt32 {
        let name = segment.name.fileName
        try files.copy(name, segment.byteCount, paddedTo: paddedByteCount)
        let temporaryName = FileCopy<Source, Destination>.temporaryName
        do throws(LedgerError) {
            let scan = try SegmentScan(destination, temporaryName, visit: visit)
            let problem = scan.header.problem(as: segment.name, of: ledgerID, after: previousChecksum)
            if let problem { throw .damage(source.directory, name, 0, problem) }
            guard scan.nextSequence == segment.endSequence, scan.brokenReason == nil, try isEmpty(behind: scan) else {
                let reason = scan.brokenReason ?? "the frames end, or other bytes follow them,"
                throw .damage(
                    source.directory,
                    name,
                    scan.endOffset,
                    "\(reason) at sequence \(scan.nextSequence)",
                    sequences: scan.nextSequence..<max(segment.endSequence, scan.nextSequence)
                )
            }
            try files.settle(as: name)
            return scan.lastChecksum
        } catch {
            // What is wrong with the copy is wrong with the original: they have the same bytes.
            guard let damage = error.damage, damage.file == temporaryName || damage.file == name else { throw error }
            throw LedgerError.damage(source.directory, name, damage.offset, damage.reason).explained(by: source)
        }
    }

    /// Copies the rejected events, as far as whole frames go, unless the copy has them already; returns which it was,
    /// and how many bytes they have.
    func copyRejected() throws(LedgerError) -> (isCopied: Bool, byteCount: Int) {
        let name = RejectedLog<Source>.fileName
        try RejectedLog.checkEnd(source, ledgerID)
        let byteCount = try RejectedLog.scan(source, ledgerID).endOffset
        let copied = try copiedByteCount(name)
        guard copied != byteCount else { return (false, byteCount) }
        if let copied, copied > byteCount {
            throw .diverged(destination.directory, from: source.directory, "holds more rejected events")
        }
        try files.copy(name, byteCount, paddedTo: 0)
        try files.settle(as: name)
        return (true, byteCount)
    }

    /// How long a file of the copy is, in bytes; nil where there is none of that name.
    func copiedByteCount(_ name: String) throws(LedgerError) -> Int? {
        let names: [String]
        do { names = try destination.list() } catch { throw LedgerError(error) }
        return names.contains(name) ? try OpenFile(destination, name, .reading).byteCount() : nil
    }

    /// Where the frame of the last durable event ends, in the segment that holds it.
    private func durableByteCount(_ name: SegmentName) throws(LedgerError) -> Int {
        var reader = try FrameReader(source, name.fileName)
        var end = reader.offset
        while case .frame(let frame) = try reader.next(), frame.header.endSequence <= durableSequence + 1 {
            if frame.header.count > 0 { end = frame.endOffset }
        }
        return end
    }

    private func isEmpty(behind scan: SegmentScan) throws(LedgerError) -> Bool {
        let file = try OpenFile(destination, scan.name, .reading)
        return try file.bytes(scan.endOffset..<max(scan.endOffset, try file.byteCount())).allSatisfy { $0 == 0 }
    }
}

extension LedgerError {
    /// Two directories hold different histories of one ledger.
    static func diverged(_ copy: String, from source: String, _ what: String) -> LedgerError {
        LedgerError(
            .diverged,
            "\(copy) \(what) than \(source): one of them is a fork, or was set back",
            remedy: "nothing was changed; find out which of them is right, and back up into another directory"
        )
    }
}
