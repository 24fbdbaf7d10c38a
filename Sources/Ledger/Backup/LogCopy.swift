import TradeModel

/// Copies the durable part of a log, one segment at a time.
///
/// Each copy gets the checks that opening a log does: frame checksums, sequences, and the chain to the previous
/// segment.
///
/// Finished segments never change. The last one is copied up to the frame of the last durable event, because a crash
/// may still undo what follows. The copy of that segment is plain even if the writer has sealed the original meanwhile.
struct LogCopy<S: Storage> {
    let files: FileCopy<S>
    let ledgerID: EventID
    /// The last event that is copied.
    let durableSequence: UInt64

    /// A segment as it is to be copied.
    struct Segment {
        let name: SegmentName
        /// How the copy has it, and the log too, which may have sealed the last one.
        let form: SegmentName.Form
        /// The sequence after its last event.
        let endSequence: UInt64
        /// How long the copy is, without the zeros after it.
        let byteCount: Int
        let isLast: Bool

        /// The file that holds it in the copy.
        var fileName: String { name.fileName(form) }
    }

    /// How often a segment is looked up again if its file has disappeared meanwhile.
    private static var attemptCountMax: Int { 10 }

    private var source: S { files.source }
    private var destination: S { files.destination }

    /// The segment that holds an event, or is the first of a log that has none.
    ///
    /// The names are listed again each time, because a writer may add and replace files.
    func segment(of sequence: UInt64) throws(LedgerError) -> Segment {
        let catalog = try SegmentCatalog(source)
        let form = { (name: SegmentName) in catalog.plain.contains(name) ? SegmentName.Form.plain : .sealed }
        // A log ends with a plain segment: one that was sealed where the durable events end is not the last.
        let last = catalog.names.last { $0.firstSequence <= max(durableSequence, 1) }
        let end = last.map { form($0) == .sealed ? durableSequence + 1 : max(durableSequence, 1) } ?? 0
        let names = catalog.names.filter { $0.firstSequence <= end }
        guard let index = names.lastIndex(where: { $0.firstSequence <= sequence }) else {
            let name = SegmentName(firstSequence: sequence).fileName
            throw .corruption(source.directory, name, 0, "no segment holds sequence \(sequence)")
        }
        if index + 1 < names.count {
            let form = form(names[index])
            let file = try OpenFile(source, names[index].fileName(form), .reading)
            return Segment(
                name: names[index],
                form: form,
                endSequence: names[index + 1].firstSequence,
                byteCount: try file.byteCount(),
                isLast: false
            )
        }
        return Segment(
            name: names[index],
            form: .plain,
            endSequence: durableSequence + 1,
            byteCount: try durableByteCount(names[index]),
            isLast: true
        )
    }

    /// What the header of a segment says that the one before it ended with.
    func previousChecksum(of segment: Segment) throws(LedgerError) -> UInt32 {
        try FrameReader(source, segment.fileName, segment.form).header.previousChecksum
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
        let name = segment.fileName
        let range = 0..<segment.byteCount
        if segment.isLast {
            var image = try SegmentImage(source, segment.name)
            try files.begin(name, range, paddedTo: paddedByteCount) { (range) throws(LedgerError) in
                try image.bytes(range)
            }
        } else {
            try files.begin(name, range)
        }
        let temporaryName = FileCopy<S>.temporaryName
        do throws(LedgerError) {
            var reader = try FrameReader(destination, temporaryName, segment.form)
            let scan = try SegmentScan(destination, &reader, visit: visit)
            let isEmptyBehind = try reader.isEmpty(from: scan.endOffset)
            let problem = scan.header.problem(as: segment.name, of: ledgerID, after: previousChecksum)
            if let problem { throw .corruption(source.directory, name, 0, problem) }
            guard scan.nextSequence == segment.endSequence, scan.brokenReason == nil, isEmptyBehind else {
                let reason = scan.brokenReason ?? "the frames end, or other bytes follow them,"
                throw .corruption(
                    source.directory,
                    name,
                    scan.endOffset,
                    "\(reason) at sequence \(scan.nextSequence)",
                    sequences: scan.nextSequence..<max(segment.endSequence, scan.nextSequence)
                )
            }
            try files.settle(as: name)
            try removeTwin(of: segment)
            return scan.lastChecksum
        } catch {
            // What is wrong with the copy is wrong with the original: they have the same bytes.
            guard let corruption = error.corruption, corruption.file == temporaryName || corruption.file == name else {
                throw error
            }
            throw .corruption(source.directory, name, corruption.offset, corruption.reason)
        }
    }

    /// Runs the body on a file of the source, and runs it again if a writer has replaced the file meanwhile.
    func whileFilesGo<Result>(_ body: () throws(LedgerError) -> Result) throws(LedgerError) -> Result {
        for _ in 1..<Self.attemptCountMax {
            do throws(LedgerError) { return try body() } catch { guard error.isMissingFile else { throw error } }
        }
        return try body()
    }

    /// Copies the rejected events, as far as whole frames go, unless the copy has them already; returns which it was,
    /// and how many bytes they have.
    func copyRejected() throws(LedgerError) -> (isCopied: Bool, byteCount: Int) {
        let name = DeadLetterLog<S>.fileName
        try DeadLetterLog.checkEnd(source, ledgerID)
        let byteCount = try DeadLetterLog.scan(source, ledgerID).endOffset
        let copied = try copiedByteCount(name)
        guard copied != byteCount else { return (false, byteCount) }
        if let copied, copied > byteCount {
            throw .diverged(destination.directory, from: source.directory, "holds more rejected events")
        }
        try files.copy(name, 0..<byteCount, as: name)
        return (true, byteCount)
    }

    /// The length of a file of the copy in bytes; nil if there is no such file.
    func copiedByteCount(_ name: String) throws(LedgerError) -> Int? {
        let names = try destination.list()
        return names.contains(name) ? try OpenFile(destination, name, .reading).byteCount() : nil
    }

    /// Where the frame of the last durable event ends, in the segment that holds it.
    private func durableByteCount(_ name: SegmentName) throws(LedgerError) -> Int {
        var reader = try FrameReader(source, name)
        var end = reader.offset
        while case .frame(let frame) = try reader.next(), frame.header.endSequence <= durableSequence + 1 {
            if frame.header.count > 0 { end = frame.endOffset }
        }
        return end
    }

    /// Removes the segment from the copy if it is there in the other form.
    func removeTwin(of segment: Segment) throws(LedgerError) {
        let name = segment.name.fileName(segment.form == .plain ? .sealed : .plain)
        guard try copiedByteCount(name) != nil else { return }
        try AtomicFile(destination, name).remove()
    }
}

extension LedgerError {
    /// Two directories hold different histories of one ledger.
    static func diverged(_ copy: String, from source: String, _ what: String) -> LedgerError {
        LedgerError(
            .diverged,
            "\(copy) \(what) than \(source): one of them is a fork, or was rolled back",
            remedy: "nothing was changed; find out which of them is right, and back up into another directory"
        )
    }
}

/// Copies the segments that hold some events of a log, for people who read them without a ledger.
package struct LogExcerpt<S: Storage> {
    private let copy: LogCopy<S>

    /// An excerpt of a log that is durable up to a sequence, in a directory that holds nothing.
    package init(of log: LogReader<S>, in destination: S, durableSequence: UInt64) {
        copy = LogCopy(
            files: FileCopy(source: log.storage, destination: destination),
            ledgerID: log.ledgerID,
            durableSequence: durableSequence
        )
    }

    /// Copies whole segments, each checked, and returns the events that they hold, which are those of the range and
    /// what else is in their segments.
    ///
    /// `onProgress` receives the last sequence copied. O(bytes of the segments).
    package func run(
        holding sequences: ClosedRange<UInt64>,
        _ onProgress: (UInt64) -> Void
    ) throws(LedgerError) -> ClosedRange<UInt64> {
        do throws(LedgerError) { return try copySegments(holding: sequences, onProgress) } catch {
            throw error.explained(by: copy.files.source)
        }
    }

    private func copySegments(
        holding sequences: ClosedRange<UInt64>,
        _ onProgress: (UInt64) -> Void
    ) throws(LedgerError) -> ClosedRange<UInt64> {
        var (first, next): (UInt64?, UInt64) = (nil, sequences.lowerBound)
        var lastChecksum: UInt32?
        while next <= sequences.upperBound {
            let segment = try copy.whileFilesGo { () throws(LedgerError) in
                let segment = try copy.segment(of: next)
                // Nothing before the first one is checked here, because the checkpoint's tree covers it.
                let before = if let lastChecksum { lastChecksum } else { try copy.previousChecksum(of: segment) }
                lastChecksum = try copy.copy(segment, after: before)
                return segment
            }
            first = first ?? segment.name.firstSequence
            next = segment.endSequence
            onProgress(next - 1)
        }
        return (first ?? sequences.lowerBound)...(next - 1)
    }
}
