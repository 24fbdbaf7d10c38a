internal import Glibc
internal import TradeModel

/// Sorts lines by their keys in bounded memory (an external merge sort).
///
/// The last of several lines with the same key wins. Lines that do not fit into memory are written to an unnamed file
/// as sorted runs, and merged at the end.
struct LineSpool: ~Copyable {
    private let byteCountMax: Int
    /// The directory for the file, which is created when it is needed.
    private let directory: String
    private var lines: [UInt64: [UInt8]] = [:]
    /// The approximate memory that the lines take.
    private var byteCount = 0
    private var file: UnnamedFile?
    private var runs: [Range<Int>] = []

    private static let entryByteCount = 64

    /// Creates a spool that keeps about `byteCountMax` bytes in memory.
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

    /// Visits the last line of each key, in the order of the keys, and empties the spool.
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
    /// The next line and its key; nil at the end.
    private(set) var head: (key: UInt64, line: [UInt8])?
    private var rest: Range<Int>
    /// The bytes after the head that were read already.
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

    /// Reads until `count` bytes are there; returns false at the end.
    private mutating func read(_ count: Int, _ file: borrowing UnnamedFile) throws(FileError) -> Bool {
        while bytes.count < count && !rest.isEmpty {
            let end = min(rest.upperBound, rest.lowerBound + max(Self.chunkByteCount, count))
            bytes = (Array(bytes) + (try file.bytes(rest.lowerBound..<end)))[...]
            rest = end..<rest.upperBound
        }
        return bytes.count >= count
    }
}

/// An unnamed temporary file, which disappears with the process at the latest.
struct UnnamedFile: ~Copyable {
    private let descriptor: Int32
    private let directory: String

    init(in directory: String) throws(FileError) {
        self.directory = directory
        var template = Array("\(directory)/tradeledger-XXXXXX".utf8CString)
        descriptor = unsafe mkstemp(&template)
        guard descriptor >= 0 else { throw .current("create a file in", directory) }
        unsafe unlink(template)
    }

    deinit { close(descriptor) }

    /// Writes all of the bytes at an offset.
    func write(_ bytes: [UInt8], at offset: Int) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe pwrite(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done, off_t(offset + done))
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .current("write to a file in", directory) }
            done += count
        }
    }

    /// Reads a range that was written before.
    func bytes(_ range: Range<Int>) throws(FileError) -> [UInt8] {
        var failure: FileError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            while count < range.count {
                let place = unsafe buffer.baseAddress?.advanced(by: count)
                let result = unsafe pread(descriptor, place, range.count - count, off_t(range.lowerBound + count))
                if result < 0 && errno == EINTR { continue }
                if result < 0 { failure = .current("read a file in", directory) }
                guard result > 0 else { return }
                count += result
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
