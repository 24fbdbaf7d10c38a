import TradeModel

/// Finds everything that is wrong with the files of a ledger by reading all of them; changes nothing.
///
/// A write that a crash tore at the end of the log is not damage: opening truncates it.
struct LogDiagnosis<S: Storage> {
    private(set) var findings: [Finding] = []
    let ledgerID: EventID
    /// One for each segment that there is or should be.
    private(set) var plans: [SegmentPlan] = []
    /// When the first event that is left was recorded.
    private(set) var firstRecordedAt: Timestamp?
    /// The highest sequence that something asserts to be durable.
    private(set) var assertedSequence: UInt64

    private let storage: S
    private let isBackup: Bool
    /// The sequence that comes next, and what the next segment must repeat where that is known.
    private var next: (sequence: UInt64, checksum: UInt32?) = (1, 0)
    private var lastRecordedAt: Timestamp?

    init(_ storage: S) throws(LedgerError) {
        self.storage = storage
        // Read before the segments are listed, and the segments are listed before they are read, so that what a writer
        // adds meanwhile is not reported as missing.
        let watermark = try DurableWatermark.readIfPresent(storage)
        assertedSequence = watermark
        let names = try SegmentListing(storage).files
        isBackup = try BackupMarker.isPresent(storage)
        let (files, ledgerID) = try SegmentFile.all(in: names, storage)
        self.ledgerID = ledgerID
        let choice = try SegmentChoice(files, ledgerID, storage)
        findings = choice.findings
        var rest = choice.files[...]
        if let first = rest.first, first.name.firstSequence > 1 {
            planMissing(before: first, offset: 0, named: SegmentName(firstSequence: 1).fileName)
        } else if rest.isEmpty && watermark > 0 {
            planMissing(before: nil, offset: 0, named: SegmentName(firstSequence: 1).fileName)
        }
        while let file = rest.popFirst() { try diagnose(file, followedBy: rest) }
        for name in [WriterLock<S>.fileName, DurableWatermark.fileName, DeadLetterLog<S>.fileName] {
            if !names.contains(name) { findings.append(Finding(.missing(name), .create)) }
        }
        if names.contains(DeadLetterLog<S>.fileName) { try diagnoseRejected() }
        if names.contains(WriterLock<S>.fileName), try WriterLock.isPlainCopy(storage) {
            findings.append(Finding(.plainCopy(lockFile: WriterLock<S>.fileName), .acceptCopy))
        }
    }

    /// Finds what is wrong with the next segment and plans what it is to be.
    private mutating func diagnose(
        _ file: SegmentFile,
        followedBy rest: ArraySlice<SegmentFile>
    ) throws(LedgerError) {
        let first = file.name.firstSequence
        guard first >= next.sequence else {
            // Whole events of the previous segment already fill its place.
            let isOwn = file.isOwn(ledgerID)
            return note(file.fileName, 0, "it overlaps the segment before it", isOwn ? .none : .moveAside)
        }
        var problem = file.header?.problem(as: file.name, of: ledgerID, after: checkedChecksum(file))
        // Without its own header nothing in a sealed file can be located.
        if file.header == nil && file.form == .sealed { problem = "the file header is not intact" }
        if problem != nil && rest.isEmpty && assertedSequence < first {
            return note(file.fileName, 0, problem ?? "", assertedSequence > 0 ? .moveAside : .none)
        }
        let intactHeader = problem == nil ? file.header : nil
        let header: FileHeader = if let intactHeader { intactHeader } else { try madeHeader(file) }
        let plan = SegmentPlan(
            name: file.name,
            source: problem == nil ? file.fileName : nil,
            header: header,
            isHeaderIntact: intactHeader != nil,
            endSequence: first,
            previousRecordedAt: lastRecordedAt
        )
        if file.header == nil && file.form == .plain {
            note(file.fileName, 0, "the file header is not intact", .rewrite(plans.count))
        }
        let end: SegmentSurvey<S>.End
        if let problem {
            end = SegmentSurvey<S>.End(nextSequence: first, offset: 0, stray: problem)
        } else {
            end = try survey(file, plan)
            assertedSequence = max(assertedSequence, end.assertedSequence)
        }
        diagnoseEnd(end, of: file, plan, followedBy: rest.first { $0.name.firstSequence >= end.nextSequence })
    }

    /// Finds what is missing between the last frame of a segment and what follows, and completes the segment's plan.
    private mutating func diagnoseEnd(
        _ end: SegmentSurvey<S>.End,
        of file: SegmentFile,
        _ unfinished: SegmentPlan,
        followedBy following: SegmentFile?
    ) {
        var plan = unfinished
        let endSequence = following?.name.firstSequence ?? max(assertedSequence + 1, end.nextSequence)
        plan.endOffset = end.fileOffset
        // Without a frame the segment that is missing has this one's name.
        let isWithoutFrames = end.nextSequence == plan.name.firstSequence
        let isShort = end.nextSequence < endSequence
        plan.isTailBroken = end.stray != nil || isShort && (!plan.isHeaderIntact || isWithoutFrames)
        plan.endSequence = plan.isTailBroken ? endSequence : end.nextSequence
        plan.successorChecksum = successorChecksum(following, plan.isTailBroken ? nil : end.lastChecksum)
        plans.append(plan)
        next = (end.nextSequence, plan.isTailBroken ? nil : end.lastChecksum)
        if end.nextSequence == endSequence {
            if following == nil { next.checksum = end.lastChecksum }
            if let reason = end.stray, following != nil || file.form == .sealed {
                note(file.fileName, end.fileOffset, "bytes after the last frame: \(reason)", .rewrite(plans.count - 1))
            } else if following == nil && file.form == .sealed && !isBackup {
                // Only a segment that has a successor is sealed; in a backup the successor may not have been copied
                // yet.
                next.sequence = endSequence
                planMissing(before: nil, offset: end.fileOffset, named: file.fileName)
            }
        } else if plan.isTailBroken {
            let gone = end.nextSequence..<endSequence
            note(file.fileName, end.fileOffset, end.stray ?? "the frames end here", .rewrite(plans.count - 1), gone)
        } else {
            planMissing(before: following, offset: end.fileOffset, named: file.fileName)
        }
        next.sequence = endSequence
    }

    /// Plans a replacement for a segment that is missing entirely, before a file or at the end of the log.
    private mutating func planMissing(before following: SegmentFile?, offset: Int, named fileName: String) {
        let name = SegmentName(firstSequence: next.sequence)
        let endSequence = following?.name.firstSequence ?? max(assertedSequence + 1, next.sequence)
        let reason =
            fileName == name.fileName
            ? "the file is missing" : "the frames end here: \(name.fileName) is missing, or the end of this file"
        note(fileName, offset, reason, .rewrite(plans.count), next.sequence..<endSequence)
        plans.append(
            SegmentPlan(
                name: name,
                source: nil,
                header: madeHeader(name, createdAt: lastRecordedAt),
                isHeaderIntact: false,
                endSequence: endSequence,
                successorChecksum: successorChecksum(following, nil),
                isTailBroken: true,
                previousRecordedAt: lastRecordedAt
            )
        )
        next = (endSequence, nil)
    }

    private mutating func survey(_ file: SegmentFile, _ plan: SegmentPlan) throws(LedgerError) -> SegmentSurvey<S>.End {
        let survey = SegmentSurvey(
            storage: storage,
            fileName: file.fileName,
            header: plan.header,
            isHeaderIntact: plan.isHeaderIntact
        )
        let index = plans.count
        let end = try survey.run { (region) throws(LedgerError) in
            switch region {
            case .frame(let frame, let events):
                if !frame.isPaddingZero {
                    note(file.fileName, frame.offset, "a frame whose padding is not zero", .rewrite(index))
                }
                firstRecordedAt = firstRecordedAt ?? events.first?.recordedAt
                lastRecordedAt = events.last?.recordedAt ?? lastRecordedAt
            case .hole(let hole):
                note(file.fileName, hole.fileOffset, hole.reason, .rewrite(index), hole.sequences)
            }
        }
        if let offset = try SegmentImage(storage, fileName: file.fileName).brokenCopyOffset() {
            note(file.fileName, offset, SealedHeader.brokenCopyReason, .rewrite(index))
        }
        return end
    }

    private mutating func diagnoseRejected() throws(LedgerError) {
        do throws(LedgerError) { try DeadLetterLog.checkEnd(storage, ledgerID) } catch {
            guard let corruption = error.corruption else { throw error }
            let reason =
                corruption.reason
                + "; events that were rejected cannot be read (where there is no backup move the file out "
                + "of the directory, and `tradeledger repair --mend` makes an empty one)"
            note(corruption.file, corruption.offset, reason, .none)
        }
    }

    /// The checksum that a segment has to repeat.
    ///
    /// The exception: if only the empty frame at the end of the previous segment is gone, that frame can be rebuilt.
    private mutating func checkedChecksum(_ file: SegmentFile) -> UInt32? {
        guard let checksum = next.checksum, let header = file.header, header.previousChecksum != checksum,
            header.previousChecksum
                == FrameHeader.assertion(nextSequence: next.sequence, previousChecksum: checksum).checksum,
            let before = plans.last
        else { return next.checksum }
        note(
            before.name.fileName,
            before.endOffset,
            "its last frame, which holds no event, is gone",
            .rewrite(plans.count - 1)
        )
        return header.previousChecksum
    }

    private func successorChecksum(_ following: SegmentFile?, _ lastChecksum: UInt32?) -> UInt32? {
        guard let following else { return nil }
        guard following.isOwn(ledgerID), let header = following.header else { return lastChecksum ?? 0 }
        return header.previousChecksum
    }

    /// The header that a segment must have had, as far as its neighbours tell.
    private func madeHeader(_ file: SegmentFile) throws(LedgerError) -> FileHeader {
        let bytes = try OpenFile(storage, file.fileName, .reading).bytes(FileHeader.createdAtRange)
        let isWhole = bytes.count == FileHeader.createdAtRange.count
        let microseconds = isWhole ? Int64(bitPattern: bytes.littleEndian64(at: 0)) : 0
        return madeHeader(file.name, createdAt: Timestamp(microsecondsSince1970: microseconds))
    }

    private func madeHeader(_ name: SegmentName, createdAt: Timestamp?) -> FileHeader {
        FileHeader(
            kind: .events,
            ledgerID: ledgerID,
            firstSequence: name.firstSequence,
            createdAt: createdAt ?? Timestamp(microsecondsSince1970: 0),
            durableUpTo: name.firstSequence - 1,
            previousChecksum: next.checksum ?? 0
        )
    }

    private mutating func note(
        _ file: String,
        _ offset: Int,
        _ reason: String,
        _ mend: Finding.Mend,
        _ sequences: Range<UInt64> = 0..<0
    ) {
        findings.append(Finding(file, offset, reason, mend, sequences))
    }
}

extension LedgerError {
    /// For corruption that a reader of the directory met, the error with what a diagnosis of the whole log says about
    /// the place; any other error unchanged.
    ///
    /// Called where errors leave the library.
    func explained<S: Storage>(by storage: S) -> LedgerError {
        guard let corruption, undiagnosedDirectory == storage.directory else { return self }
        do throws(LedgerError) {
            let findings = try LogDiagnosis(storage).findings
            let corruptions = findings.filter { !$0.isPlainCopy }.map(\.corruption)
            let match =
                corruptions.first { $0.file == corruption.file && $0.offset == corruption.offset }
                ?? corruptions.first { $0.file == corruption.file }
                ?? corruptions.first { $0.sequences != nil }
                ?? corruptions.first { SegmentName(fileName: $0.file) != nil }
            if corruptions.isEmpty { return transient }
            let explained = match.map { LedgerError($0, in: storage.directory) } ?? self
            return findings.first(where: \.isPlainCopy).map { explained.adding($0.corruption) } ?? explained
        } catch {
            return self
        }
    }

    /// For corruption that a diagnosis no longer finds: after a failed flush the page cache held bytes that the disk
    /// does not have, and has dropped them meanwhile.
    private var transient: LedgerError {
        LedgerError(
            .unusable,
            "\(message); a second read found the log intact",
            remedy: "check the disk, then open the ledger again"
        )
    }
}
