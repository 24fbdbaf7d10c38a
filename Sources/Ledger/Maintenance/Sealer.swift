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

/// Seals one finished segment in steps: write, flush, verify, name; only then is the plain file removed.
///
/// To verify is to read the sealed file back past the cache and to find that it reproduces every byte of the plain one.
package struct SealTask<S: Storage>: ~Copyable {
    private let storage: S
    private let plan: SealPlan
    private var plain: SegmentImage<S>
    private var writer: SealedWriter<S>?
    private var writtenCount = 0
    private var proof: SealProof<S>?
    /// Whether the sealed file already has its name: a crash left it beside its plain twin.
    private var isTwin: Bool

    /// The file that becomes the sealed one.
    package static var temporaryName: String { "seal.tmp" }
    /// How much of a segment is compressed in one step: some milliseconds' work.
    private static var stepByteCount: Int { 1 << 20 }

    /// Begins with reading the plain segment.
    ///
    /// Throws `damaged` where its frames are not whole.
    init(
        _ storage: S,
        _ name: SegmentName,
        before next: SegmentName,
        blockByteCount: Int
    ) throws(LedgerError) {
        let plan = try SealPlan(storage, name, before: next, blockByteCount: blockByteCount)
        let plain = try SegmentImage(storage, fileName: name.fileName(.plain))
        let proof = try Self.proofOfTwin(storage, plan)
        self.storage = storage
        self.plan = plan
        self.plain = plain
        isTwin = proof != nil
        self.proof = proof
    }

    /// A proof of the sealed file that is there already; nil where there is none, or one that cannot be proved.
    private static func proofOfTwin(_ storage: S, _ plan: SealPlan) throws(LedgerError) -> SealProof<S>? {
        do throws(LedgerError) { return try SealProof(storage, plan.name.fileName(.sealed), plan) } catch {
            guard error.isMissingFile || error.code == .unusable || error.code == .damaged else { throw error }
            return nil
        }
    }

    /// Does a part of the work; true when the segment is sealed.
    ///
    /// Throws if the plain file has to be kept.
    mutating func step() throws(LedgerError) -> Bool {
        do throws(LedgerError) {
            if let isProven = try proof?.step() {
                if isProven { try settle() }
                return isProven
            }
        } catch {
            guard isTwin, error.code == .unusable else { throw error }
            proof = nil
            isTwin = false
        }
        try write()
        guard writtenCount == plan.cuts.count else { return false }
        try writer?.finish(plan)
        writer = nil
        if Failpoint.removeBeforeSealIsFlushed.isActive {
            try settle()
            return true
        }
        proof = try SealProof(storage, Self.temporaryName, plan)
        return false
    }

    private mutating func write() throws(LedgerError) {
        if writer == nil { writer = try SealedWriter(storage, Self.temporaryName, plan.header) }
        var byteCount = 0
        while writtenCount < plan.cuts.count, byteCount < Self.stepByteCount {
            let cut = plan.cuts[writtenCount]
            try writer?.append(cut, try plain.bytes(cut.image))
            byteCount += cut.image.count
            writtenCount += 1
        }
    }

    /// Gives the sealed file its final name, and removes the plain one.
    private func settle() throws(LedgerError) {
        if !isTwin { try storage.rename(Self.temporaryName, to: plan.name.fileName(.sealed)) }
        // A twin's name too may not have been flushed.
        if !Failpoint.removeBeforeSealIsFlushed.isActive { try storage.synchronizeDirectory() }
        // If a crash brings the plain file back, sealing verifies and removes it again.
        try storage.remove(plan.name.fileName(.plain))
    }
}
