internal import Glibc

/// Opening the two copies of a ledger: takes the locks of both, brings them in step, and goes on with one where the
/// other is not there.
extension LedgerCore {
    /// Opens a ledger and its mirror for writing.
    package init<Base: Storage>(
        mirrored storage: MirroredStorage<Base>,
        _ configuration: LedgerConfiguration,
        _ clock: LedgerClock
    ) throws(LedgerError) where S == MirroredStorage<Base> {
        let lock = try storage.lockInStep(clock)
        _ = try SegmentCatalog(storage)
        try self.init(opening: storage, holding: lock, configuration, clock)
    }
}

extension MirroredStorage {
    /// Takes the right to write to both copies and brings them in step.
    ///
    /// A copy that cannot be used is detached, and the other goes on; throws where neither can be, and where the two
    /// hold different histories.
    func lockInStep(_ clock: LedgerClock) throws(LedgerError) -> WriterLock<MirroredStorage> {
        guard let second else {
            _ = try SegmentCatalog(first)
            return try WriterLock(self)
        }
        do throws(StorageError) { try probe(second) } catch { throw LedgerError(error) }
        let lock = try WriterLock(self)
        do throws(StorageError) { try noteWriter() } catch { throw LedgerError(error) }
        if detached == nil { try align(clock) }
        if detached == nil {
            do throws(StorageError) { try mark() } catch { throw LedgerError(error) }
        }
        return lock
    }

    /// Detaches a copy that cannot be listed, or holds no ledger and is not to begin as one.
    private func probe(_ second: S) throws(StorageError) {
        let one = Result { () throws(StorageError) in try holdsLedger(first) }
        let two = Result { () throws(StorageError) in try holdsLedger(second) }
        switch (one, two) {
        case (.success(false), .success(true)): try beginOrDetach(.first)
        case (.success(true), .success(false)): try beginOrDetach(.second)
        case (.failure(let fault), .success(true)): try detach(.first, fault)
        case (.success(true), .failure(let fault)) where !isBeginning: try detach(.second, fault)
        case (.failure(let fault), _), (_, .failure(let fault)): throw fault
        case (.success, .success): break
        }
    }

    private func holdsLedger(_ storage: S) throws(StorageError) -> Bool {
        try storage.list().contains { SegmentName(fileName: $0) != nil }
    }

    private func beginOrDetach(_ copy: MirrorSide) throws(StorageError) {
        let storage = self.copy(copy)
        guard isBeginning else {
            let path = storage.directory
            return try detach(copy, StorageError("use", path: path, errno: ENOENT, reason: "it holds no ledger"))
        }
        try storage.synchronizeParentDirectory()
        try WholeFile(storage, WriterLock<S>.fileName).write([])
    }

    /// Brings the copy that is behind in step; where that fails twice, it is detached.
    private func align(_ clock: LedgerClock) throws(LedgerError) {
        var noted: Set<MirrorSide> = []
        for attempt in 1...2 {
            var follower: MirrorSide?
            // Asked again after a failure, which shows whose disk it is.
            guard let one = try survey(.first, noted), let two = try survey(.second, noted) else { return }
            if one.note != nil { noted.insert(.first) }
            if two.note != nil { noted.insert(.second) }
            do throws(LedgerError) {
                let comparison = try MirrorComparison(one, two)
                follower = comparison.isFirstLeading ? .second : .first
                return try MirrorResync(comparison, clock: clock).run()
            } catch {
                guard case .inputOutput = error.code else { throw error }
                guard attempt == 2 else { continue }
                guard let follower, !isBeginning else { throw error }
                try detach(follower, error)
            }
        }
    }

    /// What a copy holds; nil where its disk fails and it is detached for that.
    ///
    /// One that is known to have gone on alone may hold what the other does not: without it there is no going on.
    private func survey(_ copy: MirrorSide, _ noted: Set<MirrorSide>) throws(LedgerError) -> MirrorCopy<S>? {
        do throws(LedgerError) { return try MirrorCopy(self.copy(copy)) } catch {
            guard case .inputOutput = error.code, !noted.contains(copy), !hasNote(copy) else { throw error }
            try detach(copy, error)
            return nil
        }
    }

    private func hasNote(_ copy: MirrorSide) -> Bool {
        do throws(StorageError) { return try MirrorNote.read(self.copy(copy)) != nil } catch { return false }
    }

    private func detach(_ copy: MirrorSide, _ error: LedgerError) throws(LedgerError) {
        guard case .inputOutput(let number) = error.code else { throw error }
        let path = self.copy(copy).directory
        do throws(StorageError) {
            try detach(copy, StorageError("bring in step", path: path, errno: number, reason: error.message))
        } catch { throw LedgerError(error) }
    }

    /// Lets each copy know where the other is.
    private func mark() throws(StorageError) {
        let known = try each { (copy) throws(StorageError) in try MirrorMark.read(self.copy(copy))?.role }
        let isFirstMirror = (known.first ?? nil) == .mirror || (known.second ?? nil) == .original
        _ = try each { (copy) throws(StorageError) in
            let role: MirrorMark.Role = (copy == .first) == isFirstMirror ? .mirror : .original
            try MirrorMark(role: role, directory: self.copy(copy.other).directory).write(self.copy(copy))
        }
    }
}
