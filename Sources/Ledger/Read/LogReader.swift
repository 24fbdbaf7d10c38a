internal import Glibc
package import TradeModel

/// Reads a ledger without writing to it, beside its writer or without one.
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
            // Without reading all segments: those at the ends, and the cursors check what they come across.
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
    /// Where a writer lives it has published that; while one opens the log it is waited for, because the note that was
    /// left may be older than what was shown before. Where none lives the end of the log is proved as opening proves
    /// it, without cutting anything, under a lock that keeps writers out meanwhile.
    ///
    /// Throws `unusable` where `stop` (-1 for none) becomes readable during the wait, and where another directory has
    /// taken the place of this one; `heldByAnotherWriter` where a writer's lock file was removed or replaced.
    package func durableSequence(stop: Int32 = -1) throws(LedgerError) -> UInt64 {
        try storage.checkInPlace()
        let lock = try OpenFile(ofLedger: storage, WriterLock<S>.fileName, .reading)
        var strangerCount = 0
        for _ in 0..<Self.attemptCountMax {
            if try lock.isHeld(.published) { return try DurableWatermark.read(storage) }
            if let directory = try DirectoryLock.shared(storage) {
                // The lock goes with its last use, which the optimizer may find here.
                return try withExtendedLifetime(directory) { () throws(LedgerError) in try provenSequence() }
            }
            // A backup that is being taken: what is there already is read meanwhile.
            if try isBackup() { return try provenSequence() }
            strangerCount = try lock.isHeld(.writer) ? 0 : strangerCount + 1
            if strangerCount == Self.strangerCountMax { throw .heldWithoutLockFile(storage.directory) }
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
    private static var attemptCountMax: Int { 120_000 }
    /// How often in a row the directory may be held and the lock file not: a writer gives them back a moment apart.
    private static var strangerCountMax: Int { 20 }

    private func provenSequence() throws(LedgerError) -> UInt64 {
        let last = try SegmentCatalog(storage).last
        let scan: SegmentScan
        do throws(LedgerError) {
            var reader = try FrameReader(storage, last)
            scan = try SegmentScan(storage, &reader) { _ in }
        } catch {
            throw error.explained(by: storage)
        }
        let tail: TailRecovery<S>
        do throws(LedgerError) {
            tail = try TailRecovery(storage, scan, durableWatermark: try DurableWatermark.read(storage))
        } catch {
            throw error.explained(by: storage)
        }
        do throws(LedgerError) {
            try tail.proveEvents()
            return max(tail.assertedSequence, scan.nextSequence - 1)
        } catch {
            // Who may not or cannot write cannot prove: what nothing vouches for is then not trusted.
            guard case .inputOutput(let number) = error.code,
                FileFault(errno: number).isMissingPermission || FileFault(errno: number).isDiskFull
            else { throw error }
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

    /// What is wrong with the directory as a whole: that it was copied beside a writer; nil where nothing is.
    package func copyProblem() throws(LedgerError) -> String? {
        try WriterLock.isPlainCopy(storage) ? Corruption.plainCopy(lockFile: WriterLock<S>.fileName).reason : nil
    }

    /// Whether this is a backup, to which no writer comes.
    package func isBackup() throws(LedgerError) -> Bool { try BackupMarker.isPresent(storage) }

    /// The replicator's note that the database holds events which the log does not; nil where there is none.
    package func databaseAheadMarker() throws(LedgerError) -> DatabaseAheadMarker? {
        do { return try DatabaseAheadMarker.read(storage) } catch { throw LedgerError(error) }
    }

    /// How many segments the log has.
    package func segmentCount() throws(LedgerError) -> Int { try SegmentCatalog(storage).names.count }

    /// How many of them are sealed.
    package func sealedCount() throws(LedgerError) -> Int {
        let catalog = try SegmentCatalog(storage)
        return catalog.names.count - catalog.plain.count
    }

    /// What all files of the ledger take together, in bytes.
    package func byteCount() throws(LedgerError) -> Int {
        let names: [String]
        do { names = try storage.list() } catch { throw LedgerError(error) }
        var total = 0
        for name in names {
            do throws(LedgerError) { total += try OpenFile(storage, name, .reading).byteCount() } catch {
                // A spare becomes a segment, or a segment is sealed, between the listing and here.
                guard error.isMissingFile else { throw error }
            }
        }
        return total
    }

    /// Whether there is a next segment, or its space: without one opens and increases are refused.
    package func hasReserve() throws(LedgerError) -> Bool {
        do { return try !PreallocatedSegment<S>.fileNames.isDisjoint(with: storage.list()) } catch {
            throw LedgerError(error)
        }
    }

    /// Visits the rejected events in order.
    package func rejectedEvents(_ visit: (RejectedEvent) throws -> Void) throws {
        try DeadLetterLog.read(storage, ledgerID, visit)
    }
}
