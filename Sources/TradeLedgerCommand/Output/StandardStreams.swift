internal import Glibc

/// The output for a command's data, buffered and written in large pieces.
struct StandardOutput: ~Copyable {
    /// The reader of the pipe has closed it.
    struct Closed: Error {}

    /// The reader of the pipe did not read in the time that there was to wait for it.
    struct Unread: Error {}

    /// Waits until a descriptor accepts bytes; returns false if there is no time to wait.
    typealias Wait = (Int32) throws -> Bool

    private static let flushByteCount = 64 << 10
    /// The bytes that a writable pipe accepts without blocking (`PIPE_BUF`).
    private static let pieceByteCountMax = 4096
    private let descriptor: Int32
    private let name: String
    private let isTerminal: Bool
    private let wait: Wait?
    private var buffer: [UInt8] = []

    /// Writes to standard output; without `wait`, each write waits for the reader for as long as it takes.
    init(waiting wait: Wait? = nil) {
        descriptor = STDOUT_FILENO
        name = "stdout"
        isTerminal = isatty(STDOUT_FILENO) == 1
        self.wait = wait
    }

    /// Writes to a file instead of standard output.
    init(redirectedTo file: borrowing OutputFile) {
        descriptor = file.descriptor
        name = file.path
        isTerminal = false
        wait = nil
    }

    /// Prints trusted bytes that are the whole output of a command.
    static func print(_ bytes: some Sequence<UInt8>) throws {
        var output = StandardOutput()
        try output.write(bytes)
        try output.flush()
    }

    /// Adds trusted bytes, and writes the buffer once it is large.
    mutating func write(_ bytes: some Sequence<UInt8>) throws {
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.flushByteCount { try flush() }
    }

    /// Adds a line that may contain foreign text: it is escaped for a terminal, and exact in a pipe or a file.
    ///
    /// A line is written together with its line feed, so a command that fails later leaves no partial line.
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

    /// How many bytes to write at once: whole lines, so that no message on stderr interrupts one.
    private static func pieceByteCount(of bytes: ArraySlice<UInt8>) -> Int {
        let piece = bytes.prefix(pieceByteCountMax)
        let end = piece.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? piece.endIndex
        return end - piece.startIndex
    }

    /// Writes everything in the buffer.
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

/// The output for messages and progress.
enum StandardError {
    /// Writes without a buffer, and ignores errors, which could not be reported anywhere.
    static func write(_ text: some Sequence<UInt8>) {
        let bytes = Array(text)
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

/// Makes sure that standard input, output and error are open, because the parent process may have closed them.
enum StandardDescriptors {
    /// Opens placeholders for closed descriptors, so that no file of the ledger gets their numbers.
    ///
    /// The placeholders for input and output are opened in the wrong direction, so reading and writing still fail.
    static func reserve() {
        for (descriptor, flags) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY)]
        where fcntl(descriptor, F_GETFD) < 0 {
            // The system gives the lowest free number, which is the missing one.
            let reserved = unsafe open("/dev/null", flags)
            precondition(reserved == descriptor, "/dev/null can be opened")
        }
    }
}
