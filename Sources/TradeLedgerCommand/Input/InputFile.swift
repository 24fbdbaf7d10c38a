internal import Glibc

/// A file, or standard input, that is read sequentially.
struct InputFile: ~Copyable {
    let name: String
    private let descriptor: Int32
    private let isOwned: Bool

    private static let chunkByteCount = 1 << 20

    /// Opens a file for reading.
    init(path: String) throws(FileError) {
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        name = path
        isOwned = true
        guard descriptor >= 0 else { throw .current("open", path) }
    }

    /// Reads standard input.
    init() {
        descriptor = STDIN_FILENO
        name = "standard input"
        isOwned = false
    }

    deinit { if isOwned { close(descriptor) } }

    /// Reads all bytes of a file.
    static func bytes(ofFile path: String) throws(FileError) -> [UInt8] {
        let file = try InputFile(path: path)
        var bytes: [UInt8] = []
        while let chunk = try file.read() { bytes += chunk }
        return bytes
    }

    /// The outcome of a wait for input.
    enum Arrival {
        /// Bytes or the end of the input have arrived.
        case input
        /// The other descriptor became readable, or a signal arrived.
        case interruption
        /// The wait timed out.
        case nothing
    }

    /// How many bytes the file has; 0 for a pipe or a terminal.
    var byteCount: Int { isOfType(S_IFREG) ? status.st_size : 0 }

    /// Whether the input is a pipe or a socket, which ends when its writer closes it.
    var hasWriter: Bool { isOfType(S_IFIFO) || isOfType(S_IFSOCK) }

    var isTerminal: Bool { isatty(descriptor) == 1 }

    /// Whether bytes or the end of the input have arrived.
    var isReadable: Bool { Self.isReadable(descriptor) }

    /// Asks whether a descriptor is readable, without waiting.
    static func isReadable(_ descriptor: Int32) -> Bool {
        var file = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&file, 1, 0) > 0
    }

    /// Waits until input arrives, another descriptor becomes readable, or the time is up.
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
        // A descriptor that is not open has no type and no size.
        _ = unsafe fstat(descriptor, &status)
        return status
    }

    private func isOfType(_ type: mode_t) -> Bool { status.st_mode & S_IFMT == type }
}
