import TradeModel

/// Chooses among files that claim the same place in a log: renamed or copied files, and the twins that a crash during
/// sealing leaves.
struct SegmentChoice {
    /// One file for each place, in the order of the log.
    private(set) var files: [SegmentFile] = []
    /// Files that are not used, and files with a wrong name.
    private(set) var findings: [Finding] = []

    init<S: Storage>(_ candidates: [SegmentFile], _ ledgerID: EventID, _ storage: S) throws(LedgerError) {
        for (name, claims) in Dictionary(grouping: candidates, by: \.name).sorted(by: { $0.key < $1.key }) {
            let own = claims.filter { $0.isOwn(ledgerID) }
            let settled = own.filter { $0.fileName == $0.rightName }
            var best = settled.first { $0.form == .plain } ?? settled.first ?? own.first ?? claims[0]
            var twin: SegmentFile?
            if best.form == .plain, let sealed = settled.first(where: { $0.form == .sealed }) {
                (best, twin) = try choose(best, or: sealed, storage)
            }
            for file in claims where file.fileName != best.fileName && file.fileName != twin?.fileName {
                // Only a person can tell which of two differing files is the right one.
                let isSame = try file.holdsTheSame(as: best, storage)
                let isNeedless = isSame || !file.isOwn(ledgerID)
                let reason = "\(best.fileName) has the same place in the log" + (isNeedless ? "" : ", and differs")
                findings.append(Finding(file.fileName, 0, reason, isNeedless ? .moveAside : .none))
            }
            if best.fileName != best.rightName {
                let reason = "the header says sequence \(name.firstSequence): the file was renamed"
                findings.append(Finding(best.fileName, 0, reason, .rename(to: best.rightName)))
            }
            files.append(best)
        }
    }

    /// Chooses between the plain and the sealed file of a segment, both of which a crash may leave; the other file is a
    /// finding unless it has the same contents.
    private mutating func choose<S: Storage>(
        _ plain: SegmentFile,
        or sealed: SegmentFile,
        _ storage: S
    ) throws(LedgerError) -> (best: SegmentFile, twin: SegmentFile) {
        let (best, twin, reason): (SegmentFile, SegmentFile, String)
        if sealed.header == nil {
            (best, twin, reason) = (plain, sealed, "its header is not intact, and \(plain.fileName) is there")
        } else if try plain.holdsTheSame(as: sealed, storage) {
            return (plain, sealed)
        } else if try sealed.isWhole(storage) {
            (best, twin, reason) = (sealed, plain, "it differs from \(sealed.fileName), which is intact")
        } else {
            (best, twin, reason) = (plain, sealed, "it differs from \(plain.fileName), and from what was sealed")
        }
        findings.append(Finding(twin.fileName, 0, reason, .moveAside))
        return (best, twin)
    }
}
