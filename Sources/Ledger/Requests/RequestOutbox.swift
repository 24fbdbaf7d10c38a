import TradeModel

/// The side of `requests/` of a command that cannot append its event, because another process has the ledger open.
package struct RequestOutbox<S: Storage> {
    private let storage: S
    private let clock: LedgerClock

    /// The requests in a folder.
    package init(_ storage: S, clock: LedgerClock) {
        self.storage = storage
        self.clock = clock
    }

    /// Leaves the line of an event for the writer, durable when this returns; the event has an `event_id`.
    package func put(_ line: EventLine) throws(LedgerError) -> RequestName {
        // The clock may have gone back since the last request, which must stay before this one.
        let waiting = try storage.list().compactMap(RequestFile.init(fileName:)).filter(\.isWaiting)
        let last = waiting.map(\.name.madeAt).max()
        let afterLast = Timestamp(microsecondsSince1970: (last?.microsecondsSince1970 ?? 0) + 1)
        let name = RequestName(madeAt: max(clock.now(), afterLast), random: clock.random().0)
        let file = AtomicFile(storage, RequestFile(name, .pending).fileName)
        do throws(LedgerError) { try file.write(line.bytes + [UInt8(ascii: "\n")]) } catch {
            guard error.isDiskFull, try fillSpare(line, file) else { throw error }
        }
        return name
    }

    /// Makes the spare file the request; false where it is missing or too short.
    ///
    /// All its bytes are overwritten where they are, with spaces after the event, which needs no space of the disk.
    private func fillSpare(_ line: EventLine, _ file: AtomicFile<S>) throws(LedgerError) -> Bool {
        let padding = RequestFile.spareByteCount - line.bytes.count - 1
        guard padding >= 0 else { return false }
        do throws(LedgerError) { try storage.rename(RequestFile.spareName, to: file.temporaryName) } catch {
            guard error.isMissingFile else { throw error }
            return false
        }
        let bytes = line.bytes + [UInt8](repeating: UInt8(ascii: " "), count: padding) + [UInt8(ascii: "\n")]
        let handle = try storage.open(file.temporaryName, .readingAndWriting)
        try file.write(Array(bytes), into: handle) { () throws(LedgerError) in
            try storage.rename(file.temporaryName, to: file.name)
        }
        return true
    }

    /// What a writer has answered, which is final when this returns; nil where none has yet.
    package func answer(to name: RequestName) throws(LedgerError) -> RequestAnswer? {
        for file in try storage.list().compactMap(RequestFile.init(fileName:)) where file.name == name {
            guard case .answered(let answer) = file.state else { continue }
            // After a power cut that brings the request back, a writer recognises the event of one that was recorded,
            // but might append the event of one that was refused.
            if !answer.isRecorded { try storage.synchronizeDirectory() }
            return answer
        }
        return nil
    }

    /// Whether a writer has taken a request and not answered yet.
    package func isTaken(_ name: RequestName) throws(LedgerError) -> Bool {
        try storage.list().contains(RequestFile(name, .taken).fileName)
    }

    /// Withdraws a request: it is not appended later; false where a writer has taken it.
    ///
    /// Removing the name and the writer's renaming exclude each other.
    package func withdraw(_ name: RequestName) throws(LedgerError) -> Bool {
        do throws(LedgerError) { try storage.remove(RequestFile(name, .pending).fileName) } catch {
            guard error.isMissingFile else { throw error }
            return false
        }
        // Or a power cut would bring it back.
        try storage.synchronizeDirectory()
        return true
    }

    /// Removes an answer that was read.
    package func remove(_ answer: RequestAnswer, to name: RequestName) throws(LedgerError) {
        do throws(LedgerError) { try storage.remove(RequestFile(name, .answered(answer)).fileName) } catch {
            guard error.isMissingFile else { throw error }
        }
    }
}
