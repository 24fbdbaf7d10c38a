/// Proves that a sealed file is on the disk and gives back the plain segment byte for byte, a part at a time.
struct SealProof<S: Storage>: ~Copyable {
    private let storage: S
    private let plan: SealPlan
    private let fileName: String
    private let file: OpenFile<S>
    private let byteCount: Int
    private var sealed: SegmentImage<S>
    private var plain: SegmentImage<S>
    /// How much of the file was read past the cache, and how much of the image was compared.
    private var provenByteCount = 0
    private var comparedByteCount = 0

    private static var chunkByteCount: Int { 1 << 20 }

    init(_ storage: S, _ fileName: String, _ plan: SealPlan) throws(LedgerError) {
        let file = try OpenFile(storage, fileName, .reading)
        let byteCount = try file.byteCount()
        let sealed = try SegmentImage(storage, fileName: fileName, .sealed)
        let plain = try SegmentImage(storage, fileName: plan.name.fileName(.plain))
        guard let header = sealed.table?.header, header.imageHeader == plan.header,
            header.endSequence == plan.endSequence, header.imageByteCount == plan.imageByteCount,
            try sealed.brokenCopyOffset() == nil
        else { throw .unproven(fileName, plan, storage.directory) }
        self.storage = storage
        self.plan = plan
        self.fileName = fileName
        self.file = file
        self.byteCount = byteCount
        self.sealed = sealed
        self.plain = plain
    }

    /// Proves the next part; true where that was the last.
    ///
    /// Throws `unusable` where the disk does not hold what the plain segment holds.
    mutating func step() throws(LedgerError) -> Bool {
        if provenByteCount < byteCount {
            try readPastCache(provenByteCount..<min(byteCount, provenByteCount + Self.chunkByteCount))
            return false
        }
        let range = comparedByteCount..<min(plan.imageByteCount, comparedByteCount + Self.chunkByteCount)
        guard try sealed.bytes(range) == plain.bytes(range) else {
            throw .unproven(fileName, plan, storage.directory)
        }
        comparedByteCount = range.upperBound
        return comparedByteCount == plan.imageByteCount
    }

    /// From here on the file is read from the disk, if the file system allows reads past the cache.
    private mutating func readPastCache(_ range: Range<Int>) throws(LedgerError) {
        let onDisk = try storage.readPastCache(fileName, range)
        guard let onDisk else {
            provenByteCount = byteCount
            return
        }
        guard try file.bytes(range) == onDisk else { throw .unproven(fileName, plan, storage.directory) }
        provenByteCount = range.upperBound
    }
}

extension LedgerError {
    fileprivate static func unproven(_ fileName: String, _ plan: SealPlan, _ directory: String) -> LedgerError {
        LedgerError(
            .unusable,
            "\(directory)/\(fileName) is not on the disk as it was written; "
                + "\(plan.name.fileName(.plain)) stays as it is",
            remedy: "check the disk"
        )
    }
}
