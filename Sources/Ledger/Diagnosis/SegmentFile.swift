import TradeModel

/// A file that has the name of a segment, with what its header says.
struct SegmentFile {
    let fileName: String
    /// Nil where the header is not intact.
    let header: FileHeader?
    /// The place in the log that its header says, or the name that it has.
    let name: SegmentName

    var form: SegmentName.Form { SegmentName.Form(fileName: fileName) }
    /// The name that the file should have.
    var rightName: String { name.fileName(form) }

    /// The temporary prefix of a file that is being renamed.
    static let movingPrefix = "moving-"

    /// The files of a directory that are segments or on their way to be, with the ledger's id: that of most of them,
    /// where `rejected.log` decides between equals.
    static func all<S: Storage>(
        in names: Set<String>,
        _ storage: S
    ) throws(LedgerError) -> (files: [SegmentFile], ledgerID: EventID) {
        var found: [(fileName: String, name: SegmentName, header: FileHeader?)] = []
        var votes: [EventID] = []
        for fileName in names.sorted() {
            let isMoving = fileName.hasPrefix(movingPrefix)
            let settled = isMoving ? String(fileName.dropFirst(movingPrefix.count)) : fileName
            guard let name = SegmentName(fileName: settled) else { continue }
            var header: FileHeader?
            do throws(LedgerError) { header = try FrameReader(storage, fileName).header } catch {
                guard error.code == .damaged else { throw error }
            }
            if let header { votes += [header.ledgerID, header.ledgerID] }
            found.append((fileName, name, header))
        }
        if let id = try DeadLetterLog.ledgerID(storage) { votes.append(id) }
        let counts = Dictionary(votes.map { ($0, 1) }, uniquingKeysWith: +)
        let highest = counts.values.max()
        guard let ledgerID = votes.first(where: { counts[$0] == highest }) else {
            throw .corruption(storage.directory, found.first?.fileName ?? "", 0, "no file header is intact")
        }
        let files = found.map { file in
            guard let header = file.header, header.ledgerID == ledgerID, header.firstSequence > 0 else {
                return SegmentFile(fileName: file.fileName, header: file.header, name: file.name)
            }
            let name = SegmentName(firstSequence: header.firstSequence)
            return SegmentFile(fileName: file.fileName, header: header, name: name)
        }
        return (files, ledgerID)
    }

    /// Whether the file can be a ledger's: its header says so, or says nothing.
    func isOwn(_ ledgerID: EventID) -> Bool { header.map { $0.ledgerID == ledgerID } ?? true }

    /// Whether two files hold the same segment, byte for byte; trailing zeros do not count.
    func holdsTheSame<S: Storage>(as other: SegmentFile, _ storage: S) throws(LedgerError) -> Bool {
        var left = try SegmentImage(storage, fileName: fileName)
        var right = try SegmentImage(storage, fileName: other.fileName)
        return try left.holdsTheSame(as: &right)
    }

    /// Whether a sealed file is as it was when it was sealed.
    func isWhole<S: Storage>(_ storage: S) throws(LedgerError) -> Bool {
        var image = try SegmentImage(storage, fileName: fileName)
        return try image.isWhole()
    }
}

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
