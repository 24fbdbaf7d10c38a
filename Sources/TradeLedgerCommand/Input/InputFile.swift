internal import Glibc

/// A file, or standard input, that is read from front to back.
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

    /// How many bytes the file has, 0 where it is a pipe or a terminal.
    var byteCount: Int {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return 0 }
        return status.st_size
    }

    /// Whether there is something to read, or the end, without waiting for it.
    var isReadable: Bool { Poll(descriptor).isReadable }

    /// What is there, as soon as there is something; nil at the end, or once `stop` becomes readable.
    func read(stop: Int32 = -1) throws(FileError) -> [UInt8]? {
        while true {
            var files = [
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: stop, events: Int16(POLLIN), revents: 0),
            ]
            let ready = unsafe poll(&files, 2, -1)
            if ready < 0 && errno == EINTR { continue }
            guard ready >= 0 else { throw .current("wait for", name) }
            if files[1].revents != 0 { return nil }
            var failure: FileError?
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Self.chunkByteCount) { buffer, count in
                let result = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                count = max(result, 0)
                if result < 0 { failure = .current("read", name) }
            }
            if let failure {
                if failure.number == EINTR || failure.number == EAGAIN { continue }
                throw failure
            }
            return bytes.isEmpty ? nil : bytes
        }
    }
}
