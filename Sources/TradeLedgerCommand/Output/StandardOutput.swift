internal import Glibc

/// The data output of a command, buffered and written in large pieces.
struct StandardOutput: ~Copyable {
    /// The reader of the pipe went away.
    struct Closed: Error {}

    /// The reader of the pipe reads nothing, and there is no time to wait for it.
    struct Unread: Error {}

    /// Waits until a descriptor takes bytes; false where there is no time for that.
    typealias Wait = (Int32) throws -> Bool

    private static let flushByteCount = 64 << 10
    /// A pipe that takes bytes takes so many without blocking (`PIPE_BUF`).
    private static let pieceByteCountMax = 4096
    private let descriptor: Int32
    private let name: String
    private let isTerminal: Bool
    private let wait: Wait?
    private var buffer: [UInt8] = []

    /// Standard output; where `wait` is nil, each write waits for the reader for as long as it takes.
    init(waiting wait: Wait? = nil) {
        descriptor = STDOUT_FILENO
        name = "stdout"
        isTerminal = isatty(STDOUT_FILENO) == 1
        self.wait = wait
    }

    /// A file in the place of standard output.
    init(redirectedTo file: borrowing OutputFile) {
        descriptor = file.descriptor
        name = file.path
        isTerminal = false
        wait = nil
    }

    /// Adds bytes of the ledger's own; writes when there is much.
    mutating func write(_ bytes: some Sequence<UInt8>) throws {
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.flushByteCount { try flush() }
    }

    /// Adds a line, which may hold foreign text: a terminal shows it escaped, a pipe and a file get it as it is.
    ///
    /// A line is written with its end: a command that fails later leaves no line without one.
    mutating func line(_ text: some Collection<UInt8>) throws {
        if isTerminal {
            buffer.append(contentsOf: TerminalText.escaped(String(decoding: text, as: UTF8.self)).utf8)
        } else {
            buffer.append(contentsOf: text)
        }
        try write(CollectionOfOne(UInt8(ascii: "\n")))
    }

    /// Adds a line.
    mutating func line(_ text: String) throws { try line(text.utf8) }

    /// How many bytes to write at once: whole lines, so that no message of stderr comes in the middle of one.
    private static func pieceByteCount(of bytes: ArraySlice<UInt8>) -> Int {
        let piece = bytes.prefix(pieceByteCountMax)
        let end = piece.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? piece.endIndex
        return end - piece.startIndex
    }

    /// Writes everything that was gathered.
    mutating func flush() throws {
        var done = 0
        while done < buffer.count {
            if let wait, try !wait(descriptor) { throw Unread() }
            let pieceByteCount = wait == nil ? buffer.count - done : Self.pieceByteCount(of: buffer[done...])
            let count = unsafe buffer.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress?.advanced(by: done), pieceByteCount)
            }
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EPIPE { throw Closed() }
            guard count >= 0 else { throw FileError.current("write to", name) }
            done += count
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
