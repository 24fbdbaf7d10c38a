/// The plain bytes of a segment, or of another file of frames, whether the file is plain or sealed.
///
/// All code that reads frames does so through this type, so that none of it depends on the form of the file.
///
/// Offsets are those of the plain file. Damaged parts of a sealed file read as zeros, and `corruption(at:)` reports
/// them.
struct SegmentImage<S: Storage>: ~Copyable {
    let fileName: String
    /// How long the plain file is; of a sealed one, up to the end of its last frame.
    private(set) var byteCount: Int
    private let file: OpenFile<S>
    /// Where the bytes are; nil where the file is plain.
    let table: SealedTable?
    /// Where blocks begin that were read and were not intact.
    private var brokenBlocks: Set<Int> = []
    /// What was last read of the file, so that its space is used again.
    private var stored: [UInt8] = []

    private static var chunkByteCount: Int { 256 << 10 }

    /// Opens a segment of the log, whichever form it has.
    ///
    /// If both forms exist, the plain one is used: the sealed one may not have been verified yet.
    init(_ storage: S, _ name: SegmentName) throws(LedgerError) {
        try self.init(storage, fileName: name.fileName(.plain))
    }

    /// Opens a file, whose name tells its form unless it is given.
    ///
    /// If a plain segment has disappeared since it was listed, its writer has sealed it: the sealed file is opened,
    /// which gives the same bytes.
    init(_ storage: S, fileName: String, _ form: SegmentName.Form? = nil) throws(LedgerError) {
        let form = form ?? SegmentName.Form(fileName: fileName)
        do throws(LedgerError) {
            try self.init(storage, try OpenFile(storage, fileName, .reading), fileName, form)
        } catch {
            guard error.isMissingFile, form == .plain, let name = SegmentName(fileName: fileName) else { throw error }
            let sealed = name.fileName(.sealed)
            try self.init(storage, try OpenFile(storage, sealed, .reading), sealed, .sealed)
        }
    }

    private init(
        _ storage: S,
        _ file: OpenFile<S>,
        _ fileName: String,
        _ form: SegmentName.Form
    ) throws(LedgerError) {
        let table = form == .sealed ? try SealedTable(file, fileName, storage.directory) : nil
        let byteCount = if let table { table.header.imageByteCount } else { try file.byteCount() }
        self.fileName = fileName
        self.file = file
        self.table = table
        self.byteCount = byteCount
    }

    /// Whether the file holds the segment from its header to its last frame, and nothing else.
    var isSealed: Bool { table != nil }

    /// Takes note that a plain file may have grown.
    mutating func refresh() throws(LedgerError) {
        if table == nil { byteCount = try file.byteCount() }
    }

    /// The bytes of the range, fewer where the image ends before.
    mutating func bytes(_ range: Range<Int>) throws(LedgerError) -> [UInt8] {
        guard isSealed else { return try file.bytes(range) }
        var chunk: [UInt8] = []
        let start = try load(range.lowerBound, range.count, into: &chunk)
        return Array(chunk.dropFirst(range.lowerBound - start).prefix(range.count))
    }

    /// Fills a chunk with at least this many bytes from an offset on, if there are that many.
    ///
    /// Returns the offset of the chunk's first byte, which may lie before. Allocates nothing if the chunk has the space
    /// and is uniquely referenced.
    mutating func load(_ offset: Int, _ count: Int, into chunk: inout [UInt8]) throws(LedgerError) -> Int {
        chunk.removeAll(keepingCapacity: true)
        guard let table else {
            try file.read(offset..<(offset + max(count, Self.chunkByteCount)), appendingTo: &chunk)
            return offset
        }
        var start = offset
        if offset < FileHeader.byteCount {
            chunk += table.header.imageHeader.encoded()
            start = 0
        }
        while start + chunk.count < min(offset + count, byteCount) {
            let region = table.region(at: max(offset, start + chunk.count))
            if let block = region.block {
                if chunk.isEmpty { start = block.image.lowerBound }
                try append(block, to: &chunk)
            } else {
                let position = max(offset, start + chunk.count)
                let zeroCount = min(region.image.upperBound - position, max(count, Self.chunkByteCount))
                chunk.append(contentsOf: repeatElement(0, count: zeroCount))
            }
        }
        return start
    }

    private mutating func append(_ block: SealedBlock, to chunk: inout [UInt8]) throws(LedgerError) {
        stored.removeAll(keepingCapacity: true)
        try file.read(block.stored, appendingTo: &stored)
        if block.decompress(stored, appendingTo: &chunk) { return }
        brokenBlocks.insert(block.image.lowerBound)
        chunk.append(contentsOf: repeatElement(0, count: block.image.count))
    }

    /// Why the bytes read at an offset are not the original ones; nil if they are.
    func corruption(at offset: Int) -> String? {
        guard let table, offset >= FileHeader.byteCount, offset < byteCount else { return nil }
        guard let block = table.region(at: offset).block else { return "the place of a block is not known" }
        return brokenBlocks.contains(block.image.lowerBound) ? "a block that is not intact" : nil
    }

    /// Where in the file the byte of the image lies; in a sealed one where its block is stored.
    func fileOffset(of offset: Int) -> Int {
        guard let table else { return offset }
        guard offset >= FileHeader.byteCount else { return 0 }
        return table.region(at: offset).block?.stored.lowerBound ?? table.header.tableOffset
    }

    /// Where a sealed file is damaged without losing an event; nil if it is intact.
    func brokenCopyOffset() throws(LedgerError) -> Int? { try table?.brokenCopyOffset(in: file) }

    /// Whether all of the image can be read and is what was sealed; meaningless for a plain file.
    mutating func isWhole() throws(LedgerError) -> Bool {
        guard let table else { return false }
        var checksum = Checksum.crc32c(table.header.imageHeader.encoded()[...])
        var chunk: [UInt8] = []
        var offset = FileHeader.byteCount
        while offset < byteCount {
            guard try load(offset, 1, into: &chunk) == offset, corruption(at: offset) == nil else { return false }
            checksum = Checksum.crc32c(chunk[...], continuing: checksum)
            offset += chunk.count
        }
        return checksum == table.header.imageChecksum
    }

    /// Whether another image has the same bytes, apart from trailing zeros.
    mutating func holdsTheSame(as other: inout SegmentImage<S>) throws(LedgerError) -> Bool {
        var offset = 0
        while offset < max(byteCount, other.byteCount) {
            let range = offset..<(offset + (1 << 20))
            guard try Self.isSame(bytes(range), other.bytes(range)) else { return false }
            offset = range.upperBound
        }
        return true
    }

    private static func isSame(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        let count = min(left.count, right.count)
        return left[..<count] == right[..<count] && left[count...].allSatisfy { $0 == 0 }
            && right[count...].allSatisfy { $0 == 0 }
    }
}
