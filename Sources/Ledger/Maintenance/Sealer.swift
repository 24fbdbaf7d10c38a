/// Seals the finished segments of a ledger, the oldest first, a short step at a time.
///
/// A failure leaves the log unchanged, and sealing is retried when the next segment is begun.
package struct Sealer<S: Storage>: ~Copyable {
    private let storage: S
    private let blockByteCount: Int?
    /// Plain segments that can be sealed, the oldest first, each with its successor.
    private var due: [(name: SegmentName, next: SegmentName)] = []
    private var task: SealTask<S>?
    /// How many segments had been begun when the directory was last looked through.
    private var seenCount: Int?
    /// Why segments stay plain; nil if none has to, or if the disk is full.
    package private(set) var fault: LedgerError?

    /// Begins with what is in the directory; without a size of blocks nothing is sealed.
    package init(_ storage: S, blockByteCount: Int?) {
        self.storage = storage
        self.blockByteCount = blockByteCount
    }

    /// Does part of the pending work; true if more is left.
    ///
    /// `begunCount` is how many segments this process has begun: while it stays the same, nothing new is finished.
    package mutating func step(begunCount: Int) -> Bool {
        guard let blockByteCount else { return false }
        do throws(LedgerError) {
            // Not while one is being sealed, which is still plain and would be due once more.
            if task == nil, begunCount != seenCount { try look(begunCount) }
            if task == nil {
                guard !due.isEmpty else { return false }
                let (name, next) = due.removeFirst()
                task = try SealTask(storage, name, before: next, blockByteCount: blockByteCount)
            } else if try task?.step() ?? true {
                task = nil
            }
        } catch {
            task = nil
            if !error.isDiskFull { fault = error }
            // Damage concerns one segment; any other error concerns the disk.
            if error.code != .damaged { due = [] }
            // A partial file only wastes space on a full disk; the original error is what matters.
            do { try storage.remove(SealTask<S>.temporaryName) } catch {}
        }
        return task != nil || !due.isEmpty
    }

    /// Seals up to this many segments without pausing.
    package mutating func seal(countMax: Int, begunCount: Int) {
        var count = 0
        while count < countMax {
            let isMore = step(begunCount: begunCount)
            if task == nil { count += 1 }
            if !isMore { return }
        }
    }

    /// Finds what can be sealed: plain segments that have a successor, whose events were all durable before the
    /// successor was begun.
    private mutating func look(_ begunCount: Int) throws(LedgerError) {
        seenCount = begunCount
        fault = nil
        let catalog = try SegmentCatalog(storage)
        due = zip(catalog.names, catalog.names.dropFirst()).filter { catalog.plain.contains($0.0) }
            .map { (name: $0.0, next: $0.1) }
    }
}
