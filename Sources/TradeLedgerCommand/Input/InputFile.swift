internal import Glibc

/// A file, or standard input, that is read sequentially.
struct InputFile: ~Copyable {
    let name: String
    private let descriptor: Int32
    private let isOwned: Bool

    private static let chunkByteCount = 1 << 20

    /// Opens a file.
    ///
    /// Throws with its name where it cannot be read.
    init(path: String) throws(FileError) {
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        name = path
        isOwned = true
        guard descriptor >= 0 else { throw .current("open", path) }
    }

    /// Standard input.
    init() {
        descriptor = STDIN_FILENO
        name = "standard input"
        isOwned = false
    }

    deinit { if isOwned { close(descriptor) } }

    /// All bytes of a file.
    static func bytes(ofFile path: String) throws(FileError) -> [UInt8] {
        let file = try InputFile(path: path)
        var bytes: [UInt8] = []
        while let chunk = try file.read() { bytes += chunk }
        return bytes
    }

    /// The outcome of a wait for input.
    enum Arrival {
        /// Bytes, or the end.
        case input
        /// The other descriptor became readable, or a signal came.
        case interruption
        /// The wait timed out.
        case nothing
    }

    /// How many bytes the file has, 0 where it is a pipe or a terminal.
    var byteCount: Int { isOfType(S_IFREG) ? status.st_size : 0 }

    /// Whether it is a pipe or a socket, which ends when its writer closes it.
    var hasWriter: Bool { isOfType(S_IFIFO) || isOfType(S_IFSOCK) }

    /// Whether it is a terminal.
    var isTerminal: Bool { isatty(descriptor) == 1 }

    /// Whether there is something to read, or the end, without waiting for it.
    var isReadable: Bool { Poll(descriptor).isReadable }

    /// Waits until there is something to read or the end, another descriptor becomes readable, or the time is up.
    func wait(orFor other: Int32, milliseconds: Int32) throws(FileError) -> Arrival {
        var files = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: other, events: Int16(POLLIN), revents: 0),
        ]
        let ready = unsafe poll(&files, 2, milliseconds)
        if ready < 0 && errno == EINTR { return .interruption }
        guard ready >= 0 else { throw .current("wait for", name) }
        if files[1].revents != 0 { return .interruption }
        return files[0].revents != 0 ? .input : .nothing
    }

    /// The next bytes as soon as there are any; nil at the end.
    func read() throws(FileError) -> [UInt8]? {
        while true {
            var failure: FileError?
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Self.chunkByteCount) { buffer, count in
                let result = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                count = max(result, 0)
                if result < 0 { failure = .current("read", name) }
            }
            guard let failure else { return bytes.isEmpty ? nil : bytes }
            switch failure.number {
            case EINTR: continue
            // Another process that shares the descriptor may have made it non-blocking.
            case EAGAIN: _ = try wait(orFor: -1, milliseconds: -1)
            default: throw failure
            }
        }
    }

    private var status: stat {
        var status = stat()
        // Of an open descriptor; one that is not open has no type and no size.
        _ = unsafe fstat(descriptor, &status)
        return status
    }

    private func isOfType(_ type: mode_t) -> Bool { status.st_mode & S_IFMT == type }
}
