import TradeModel

/// Which file holds each place of a log where several claim to: files that were renamed or copied, and the twins that a
/// crash leaves of a segment that was being sealed.
struct SegmentChoice {
    /// One file for each place, in the order of the log.
    private(set) var files: [SegmentFile] = []
    /// What else there is, and what has a wrong name.
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
                // Which of two that differ is the right one, only a person can tell.
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

    /// Of a segment that is there plain and sealed, as a crash may leave it, the file that holds the log; the other is
    /// a finding unless it holds the same.
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
            (best, twin, reason) = (sealed, plain, "it differs from \(sealed.fileName), which is as it was sealed")
        } else {
            (best, twin, reason) = (plain, sealed, "it differs from \(plain.fileName), and from what was sealed")
        }
        findings.append(Finding(twin.fileName, 0, reason, .moveAside))
        return (best, twin)
    }
}
