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
