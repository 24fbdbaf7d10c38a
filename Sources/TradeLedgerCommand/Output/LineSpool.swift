internal import TradeModel

/// Sorts lines by their keys in bounded memory (an external merge sort).
///
/// The last of several lines with the same key wins. Lines that do not fit into memory are written to an unnamed file
/// as sorted runs, and merged at the end.
struct LineSpool: ~Copyable {
    private let byteCountMax: Int
    /// Where the file is made, once one is needed.
    private let directory: String
    private var lines: [UInt64: [UInt8]] = [:]
    /// The approximate memory that the lines take.
    private var byteCount = 0
    private var file: UnnamedFile?
    private var runs: [Range<Int>] = []

    private static let entryByteCount = 64

    /// A spool that keeps about so many bytes in memory.
    init(in directory: String, byteCountMax: Int = 16 << 20) {
        self.directory = directory
        self.byteCountMax = byteCountMax
    }

    /// Adds a line.
    mutating func add(_ line: [UInt8], at key: UInt64) throws(FileError) {
        lines[key] = line
        byteCount += line.count + Self.entryByteCount
        if byteCount > byteCountMax { try writeRun() }
    }

    /// Visits the last line of each key in the order of the keys, and empties the spool.
    mutating func drain(_ visit: ([UInt8]) throws -> Void) throws {
        if !runs.isEmpty { try writeRun() }
        for (_, line) in lines.sorted(by: { $0.key < $1.key }) { try visit(line) }
        lines.removeAll()
        if let file = file.take() { try Self.merge(runs, of: file, visit) }
        runs.removeAll()
    }

    private static func merge(
        _ runs: [Range<Int>],
        of file: borrowing UnnamedFile,
        _ visit: ([UInt8]) throws -> Void
    ) throws {
        var readers: [LineRun] = []
        for run in runs { readers.append(try LineRun(file, run)) }
        while let key = readers.compactMap(\.head?.key).min() {
            var line: [UInt8] = []
            for index in readers.indices where readers[index].head?.key == key {
                // Later runs hold later lines.
                line = readers[index].head?.line ?? line
                try readers[index].advance(file)
            }
            try visit(line)
        }
    }

    private mutating func writeRun() throws(FileError) {
        if file == nil { file = try UnnamedFile(in: directory) }
        var bytes: [UInt8] = []
        for (key, line) in lines.sorted(by: { $0.key < $1.key }) {
            bytes.appendLittleEndian(key)
            bytes.appendLittleEndian(UInt32(line.count))
            bytes += line
        }
        let start = runs.last?.upperBound ?? 0
        try file?.write(bytes, at: start)
        runs.append(start..<(start + bytes.count))
        lines.removeAll(keepingCapacity: true)
        byteCount = 0
    }
}

/// A sorted run of a spool's file that is read from front to back.
private struct LineRun {
    /// The first line that was not taken yet, with its key; nil at the end.
    private(set) var head: (key: UInt64, line: [UInt8])?
    private var rest: Range<Int>
    /// What was read of the run and not taken yet.
    private var bytes: ArraySlice<UInt8> = []

    private static let headerByteCount = 12
    private static let chunkByteCount = 64 << 10

    init(_ file: borrowing UnnamedFile, _ range: Range<Int>) throws(FileError) {
        rest = range
        try advance(file)
    }

    mutating func advance(_ file: borrowing UnnamedFile) throws(FileError) {
        head = nil
        guard try read(Self.headerByteCount, file) else { return }
        let key = bytes.littleEndian64(at: bytes.startIndex)
        let count = Int(bytes.littleEndian32(at: bytes.startIndex + 8))
        bytes = bytes.dropFirst(Self.headerByteCount)
        guard try read(count, file) else { preconditionFailure("a run ends after a line") }
        head = (key, Array(bytes.prefix(count)))
        bytes = bytes.dropFirst(count)
    }

    /// Makes sure that so many bytes are at hand; false at the end.
    private mutating func read(_ count: Int, _ file: borrowing UnnamedFile) throws(FileError) -> Bool {
        while bytes.count < count && !rest.isEmpty {
            let end = min(rest.upperBound, rest.lowerBound + max(Self.chunkByteCount, count))
            bytes = (Array(bytes) + (try file.bytes(rest.lowerBound..<end)))[...]
            rest = end..<rest.upperBound
        }
        return bytes.count >= count
    }
}
