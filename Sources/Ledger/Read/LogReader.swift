internal import Glibc
package import TradeModel

/// Reads a ledger without writing to it, whether or not a writer is active.
package struct LogReader<S: Storage>: Sendable {
    package let storage: S
    /// The ledger's own id.
    package let ledgerID: EventID

    package init(_ storage: S) throws(LedgerError) {
        self.storage = storage
        let catalog = try SegmentCatalog(storage)
        do throws(LedgerError) {
            let reader = try FrameReader(storage, catalog.last)
            let (last, ledgerID) = (reader.name, reader.header.ledgerID)
            // Only the first and last segments are checked here; cursors check the others as they read them.
            guard try FrameReader(storage, catalog.names[0]).header.ledgerID == ledgerID else {
                throw .corruption(storage.directory, last, 0, "the first segment and the last are of different ledgers")
            }
            guard try DeadLetterLog.ledgerID(storage) ?? ledgerID == ledgerID else {
                let reason = "the segments and \(DeadLetterLog<S>.fileName) are of different ledgers"
                throw .corruption(storage.directory, last, 0, reason)
            }
            self.ledgerID = ledgerID
        } catch {
            throw error.explained(by: storage)
        }
    }

    /// The last sequence that is durable.
    ///
    /// With an active writer, this is the watermark that it published. If a writer is still opening the log, this waits
    /// up to 10 minutes for it, because the watermark on disk may be lower than what readers have already seen. Without
    /// a writer, this proves the end of the log as opening does, but cuts nothing. A lock excludes writers meanwhile.
    ///
    /// `stop` is a descriptor that ends the wait when it becomes readable; -1 for none. Throws `unusable` if that
    /// happens, if the wait takes too long, or if the directory was replaced; `heldByAnotherWriter` if a writer's lock
    /// file was removed or replaced.
    package func durableSequence(stop: Int32 = -1) throws(LedgerError) -> UInt64 {
        try storage.checkInPlace()
        let lock = try OpenFile(ofLedger: storage, WriterLock<S>.fileName, .reading)
        var lockFileFreeCount = 0
        for _ in 0..<Self.attemptCountMax {
            if try lock.isHeld(.published) { return try DurableWatermark.read(storage) }
            if let directory = try DirectoryLock.shared(storage) {
                // The optimizer may release the lock after its last use, which could be here.
                return try withExtendedLifetime(directory) { () throws(LedgerError) in try provenSequence() }
            }
            // In a backup, the process that holds the directory is one that backs up; readers need not wait for it.
            if try isBackup() { return try provenSequence() }
            lockFileFreeCount = try lock.isHeld(.writer) ? 0 : lockFileFreeCount + 1
            if lockFileFreeCount == Self.lockFileFreeCountMax { throw .heldWithoutLockFile(storage.directory) }
            var descriptor = pollfd(fd: stop, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&descriptor, 1, Self.retryMilliseconds) <= 0 else {
                throw LedgerError(
                    .unusable,
                    "a writer was still opening \(storage.directory) when the wait for it was ended",
                    remedy: "read again once it is open"
                )
            }
        }
        throw LedgerError(
            .unusable,
            "a writer has been opening \(storage.directory) for 10 minutes",
            remedy: "find out what that process waits for, or end it"
        )
    }

    private static var retryMilliseconds: Int32 { 5 }
    /// Attempts of 5 ms each, so 10 minutes, as the error says.
    private static var attemptCountMax: Int { 120_000 }
    /// How often in a row the directory may be locked but not the lock file.
    ///
    /// Once proves nothing: a writer may have closed the ledger between the two checks.
    private static var lockFileFreeCountMax: Int { 20 }

    private func provenSequence() throws(LedgerError) -> UInt64 {
        let last = try SegmentCatalog(storage).last
        let tail: TailRecovery<S>
        do throws(LedgerError) {
            var reader = try FrameReader(storage, last)
            let scan = try SegmentScan(storage, &reader) { _ in }
            tail = try TailRecovery(storage, scan, durableWatermark: try DurableWatermark.read(storage))
        } catch {
            throw error.explained(by: storage)
        }
        do throws(LedgerError) {
            try tail.proveEvents()
            return tail.lastSequence
        } catch {
            // A reader that cannot write cannot prove the tail, so it does not trust what nothing asserts to be
            // durable.
            guard error.isMissingPermission || error.isDiskFull else { throw error }
            return tail.assertedSequence
        }
    }

    /// Reads events in order from a sequence on.
    package func cursor(from sequence: UInt64) -> EventCursor<S> {
        EventCursor(storage, from: sequence, of: ledgerID)
    }

    /// When the ledger was made.
    package func createdAt() throws(LedgerError) -> Timestamp {
        try FrameReader(storage, try SegmentCatalog(storage).names[0]).header.createdAt
    }

    /// The process that holds the ledger for writing, nil where none does.
    package func writer() throws(LedgerError) -> Int32? { try WriterLock.holder(storage) }

    /// Why the directory as a whole cannot be trusted; nil if it can.
    ///
    /// The one reason is a copy, other than a backup, made while a writer was active or after it crashed.
    package func copyProblem() throws(LedgerError) -> String? {
        try WriterLock.isPlainCopy(storage) ? Corruption.plainCopy(lockFile: WriterLock<S>.fileName).reason : nil
    }

    /// Whether this is a backup, which no writer opens.
    package func isBackup() throws(LedgerError) -> Bool { try BackupMarker.isPresent(storage) }

    /// The replicator's marker that the database holds events which the log does not; nil if there is none.
    package func databaseAheadMarker() throws(LedgerError) -> DatabaseAheadMarker? {
        try DatabaseAheadMarker.read(storage)
    }

    /// How many events of finished segments maintenance has not taken in yet: they have no index run.
    package func maintenanceLag() throws(LedgerError) -> UInt64 {
        let finished = try SegmentCatalog(storage).last.firstSequence - 1
        let covered = try RunSet(storage, of: ledgerID).lastSequence
        return finished - min(covered, finished)
    }

    /// How many segments the log has.
    package func segmentCount() throws(LedgerError) -> Int { try SegmentCatalog(storage).names.count }

    /// How many segments are sealed.
    package func sealedCount() throws(LedgerError) -> Int {
        let catalog = try SegmentCatalog(storage)
        return catalog.names.count - catalog.plain.count
    }

    /// What all files of the ledger take together, in bytes.
    package func byteCount() throws(LedgerError) -> Int {
        let names = try storage.list()
        var total = 0
        for name in names {
            do throws(LedgerError) { total += try storage.byteCount(ofFile: name) } catch {
                // A preallocated segment was put to use, or a segment was sealed, since the listing.
                guard error.isMissingFile else { throw error }
            }
        }
        return total
    }

    /// Whether the disk space for the next segment is reserved.
    ///
    /// Without it, the writer refuses events that open or increase a trade.
    package func hasReserve() throws(LedgerError) -> Bool {
        try !PreallocatedSegment<S>.fileNames.isDisjoint(with: storage.list())
    }

    /// Visits the rejected events in order.
    package func rejectedEvents(_ visit: (RejectedEvent) throws -> Void) throws {
        try DeadLetterLog.read(storage, ledgerID, visit)
    }
}

extension LogReader {
    /// The last sequence up to `durable` whose event was recorded at `time` or before; 0 if there is none.
    ///
    /// The time of recording never goes back. So this is a binary search over the segments, then a search over the
    /// blocks of that segment if it is sealed. It reads the events of the last block, or of a plain segment, in order.
    package func lastSequence(recordedUpTo time: Timestamp, durable: UInt64) throws(LedgerError) -> UInt64 {
        let names = try SegmentCatalog(storage).names.filter { $0.firstSequence <= durable }
        var (low, high) = (0, names.count)
        // The first `low` segments begin at `time` or before, and those from `high` on begin after it.
        while low < high {
            let middle = (low + high) / 2
            var cursor = cursor(from: names[middle].firstSequence)
            if let first = try cursor.next(upTo: durable), first.recordedAt <= time {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low > 0 else { return 0 }
        var cursor = cursor(from: names[low - 1].firstSequence)
        try cursor.skip(towards: time)
        var last = names[low - 1].firstSequence
        while let event = try cursor.next(upTo: durable), event.recordedAt <= time { last = event.sequence }
        return last
    }
}

extension LogReader {
    /// The events of a trade up to a durable sequence, in order, including skipped ones.
    ///
    /// Found through the index runs; ranges that no intact run covers are scanned. Reads about as many frames as the
    /// trade has events, and everything after the last run.
    package func events(ofTrade id: [UInt8], upTo last: UInt64) throws(LedgerError) -> [Event] {
        let runSet = try RunSet(storage, of: ledgerID)
        var lookup = EventLookup(storage, of: ledgerID)
        var events: [Event] = []
        for run in runSet.runs where run.sequences.lowerBound <= last {
            if let sequences = try candidates(id, run) {
                // One event can have two entries with this fingerprint: one of its id, one of its trade.
                for sequence in sequences where sequence <= last && sequence != events.last?.sequence {
                    let event = try lookup.event(at: sequence)
                    if event.body.type.isAboutTrade && event.body.subjectBytes.elementsEqual(id) {
                        events.append(event)
                    }
                }
            } else {
                let range = run.sequences.lowerBound...min(last, run.sequences.upperBound)
                events += try self.events(ofTrade: id, in: range)
            }
        }
        if runSet.lastSequence < last { events += try self.events(ofTrade: id, in: (runSet.lastSequence + 1)...last) }
        return events
    }

    /// The sequences in a run whose fingerprint is that of a trade, ascending; some may be of other trades.
    ///
    /// Nil if the run cannot answer: it has no entries for skipped events, or the bucket is damaged.
    private func candidates(_ id: [UInt8], _ run: IndexRun<S>) throws(LedgerError) -> [UInt64]? {
        guard run.header.skippedCount == 0 else { return nil }
        var sequences: [UInt64] = []
        do throws(LedgerError) { try run.appendCandidates(Fingerprint.trade(id.span), to: &sequences) } catch {
            guard error.code == .unusable else { throw error }
            return nil
        }
        return sequences
    }

    private func events(ofTrade id: [UInt8], in range: ClosedRange<UInt64>) throws(LedgerError) -> [Event] {
        var cursor = cursor(from: range.lowerBound)
        var events: [Event] = []
        while let event = try cursor.next(upTo: range.upperBound, ofTrade: id[...]) { events.append(event) }
        return events
    }
}
