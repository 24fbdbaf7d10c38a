internal import CLedgerShims
internal import Glibc

/// Runs this program's `append` as a child process, with pipes to its input and output.
///
/// Its messages go to the stderr of this process.
struct ChildAppender: ~Copyable {
    /// The result of a wait for the process.
    enum Arrival {
        /// The process has written these bytes; none if it only accepts input.
        case output([UInt8])
        /// The process ended by itself.
        case ended
        /// The stop descriptor became readable.
        case stopped
    }

    private static let program = "/proc/self/exe"
    private static let readByteCount = 64 << 10

    private let pid: pid_t
    private let input: Int32
    private let output: Int32
    private var isReaped = false

    /// Starts the process, which opens the ledger.
    init(ledger: String) throws(FileError) {
        let (childInput, input) = try Self.pipe()
        let (output, childOutput) = try Self.pipe()
        defer {
            close(childInput)
            close(childOutput)
        }
        // Input is sent while answers are awaited, so a full pipe must not block.
        guard fcntl(input, F_SETFL, O_NONBLOCK) == 0 else { throw .current("set up", "a pipe") }
        let pid = try Self.spawn(
            ["tradeledger", "append", "--ledger", ledger, "--log-level", "error"],
            input: childInput,
            output: childOutput
        )
        self.pid = pid
        self.input = input
        self.output = output
    }

    deinit {
        if !isReaped {
            Glibc.kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
        }
        close(input)
        close(output)
    }

    /// Sends the bytes that fit into the pipe now, and removes them from `bytes`.
    func send(_ bytes: inout [UInt8]) throws(FileError) {
        let count = unsafe bytes.withUnsafeBytes { unsafe write(input, $0.baseAddress, $0.count) }
        if count >= 0 {
            bytes.removeFirst(count)
        } else if errno != EAGAIN && errno != EINTR && errno != EPIPE {
            throw .current("write to", "the appender")
        }
    }

    /// Waits until the process has answered, accepts the input that is left (`more`), or should be stopped.
    func wait(more: Bool, stop: Int32) throws(FileError) -> Arrival {
        while true {
            var files = [
                pollfd(fd: stop, events: Int16(POLLIN), revents: 0),
                pollfd(fd: output, events: Int16(POLLIN), revents: 0),
                pollfd(fd: more ? input : -1, events: Int16(POLLOUT), revents: 0),
            ]
            if unsafe poll(&files, nfds_t(files.count), -1) < 0 {
                guard errno == EINTR else { throw .current("wait for", "the appender") }
                continue
            }
            if files[0].revents != 0 { return .stopped }
            guard files[1].revents != 0 else { return .output([]) }
            let bytes = try read()
            return bytes.isEmpty ? .ended : .output(bytes)
        }
    }

    /// Kills the process with SIGKILL and returns what it had written.
    mutating func kill() throws(FileError) -> [UInt8] {
        Glibc.kill(pid, SIGKILL)
        var rest: [UInt8] = []
        while true {
            let bytes = try read()
            if bytes.isEmpty { break }
            rest += bytes
        }
        _ = try waitForEnd()
        return rest
    }

    /// Waits for the end of a process that ended by itself, and returns its exit status or signal.
    mutating func waitForEnd() throws(FileError) -> String {
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0 {
            guard errno == EINTR else { throw .current("wait for", "the appender") }
        }
        isReaped = true
        let signalNumber = status & 0x7F
        return signalNumber == 0 ? "exit status \((status >> 8) & 0xFF)" : "signal \(signalNumber)"
    }

    private func read() throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.readByteCount)
        while true {
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(output, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .current("read from", "the appender") }
            bytes.removeSubrange(count...)
            return bytes
        }
    }

    private static func pipe() throws(FileError) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard unsafe Glibc.pipe(&ends) == 0 else { throw .current("make", "a pipe") }
        for end in ends where fcntl(end, F_SETFD, FD_CLOEXEC) != 0 { throw .current("set up", "a pipe") }
        return (ends[0], ends[1])
    }

    private static func spawn(_ words: [String], input: Int32, output: Int32) throws(FileError) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // A group of its own: Ctrl-C on the terminal is for the self-test, which then ends its child.
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        let arguments = unsafe words.map { unsafe strdup($0) } + [nil]
        defer { unsafe arguments.forEach { unsafe free($0) } }
        var pid: pid_t = 0
        errno = unsafe posix_spawn(&pid, program, &actions, &attributes, arguments, ledger_environment())
        guard errno == 0 else { throw .current("start", program) }
        return pid
    }
}
