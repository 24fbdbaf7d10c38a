package import Glibc
internal import Synchronization

/// A process that a test started, with pipes to its standard input and output.
package final class ChildProcess {
    /// The standard input of the process.
    package enum Input {
        /// A pipe that the test writes to.
        case pipe
        /// A file with these bytes.
        case bytes([UInt8])
    }

    /// How long a process may live.
    package enum Lifetime {
        /// As long as it has something to do.
        case itsOwn
        /// At most as long as this process, however this one ends.
        case ours
    }

    /// How a process ended.
    package enum Ending: Equatable {
        case exit(Int32)
        case signal(Int32)
    }

    /// The result of a process.
    package struct Outcome {
        package let ending: Ending
        /// Its output as bytes: not every program prints UTF-8.
        package let output: [UInt8]
        package let errors: [UInt8]

        package var stdout: String { String(decoding: output, as: UTF8.self) }
        package var stderr: String { String(decoding: errors, as: UTF8.self) }
        package var lines: [String] { stdout.split(separator: "\n").map(String.init) }
        package var messages: [String] { stderr.split(separator: "\n").map(String.init) }
    }

    package let pid: pid_t
    private var input: Int32
    private var output: Int32
    private let errors: Int32
    private var unread: [UInt8] = []
    private var isReaped = false
    private let lifetime: Lifetime

    /// Only one child is created at a time: a pipe must be marked close-on-exec before another child can inherit it.
    private static let creation = Mutex(())

    /// Starts a program.
    package init(
        _ path: String,
        _ arguments: [String],
        environment: [String: String],
        input: Input,
        lifetime: Lifetime = .itsOwn
    ) throws {
        // A write to a process that is gone fails, and does not raise SIGPIPE.
        signal(SIGPIPE, SIG_IGN)
        (pid, self.input, output, errors) = try Self.creation.withLock { _ in
            let childInput: Int32
            var ownInput: Int32 = -1
            switch input {
            case .pipe: (childInput, ownInput) = try Self.pipe()
            case .bytes(let bytes):
                childInput = try Self.unnamedFile()
                try Self.write(bytes, to: childInput)
                try Self.require(lseek(childInput, 0, SEEK_SET) == 0, "lseek")
            }
            let (output, childOutput) = try Self.pipe()
            let errors = try Self.unnamedFile()
            defer {
                close(childInput)
                close(childOutput)
            }
            let pid = try Self.spawn(path, arguments, environment, descriptors: [childInput, childOutput, errors])
            return (pid, ownInput, output, errors)
        }
        self.lifetime = lifetime
        if lifetime == .ours { OrphanKeeper.shared.add(pid) }
    }

    deinit {
        if !isReaped {
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
            if lifetime == .ours { OrphanKeeper.shared.remove(pid) }
        }
        closeInput()
        closeOutput()
        close(errors)
    }

    /// Writes to the standard input of the process.
    package func write(_ text: String) throws {
        try Self.write(Array(text.utf8), to: input)
    }

    package func closeInput() {
        if input >= 0 { close(input) }
        input = -1
    }

    /// Closes the reading end of the standard output of the process.
    package func closeOutput() {
        if output >= 0 { close(output) }
        output = -1
    }

    /// The next line of the standard output, as soon as it is complete; nil at the end.
    ///
    /// Throws if no line comes for a long time.
    package func readLine(withinSeconds seconds: Int32 = 120) throws -> String? {
        var searched = 0
        while true {
            if let end = unread[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { unread.removeSubrange(...end) }
                return String(decoding: unread[..<end], as: UTF8.self)
            }
            searched = unread.count
            var descriptor = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&descriptor, 1, seconds * 1000) != 0 else {
                throw SystemFailure(operation: "wait for a line of process \(pid)", number: ETIMEDOUT)
            }
            guard try readMore() else { return nil }
        }
    }

    package func send(_ signalNumber: Int32) throws {
        try Self.require(kill(pid, signalNumber) == 0, "kill")
    }

    /// Stops the process until it gets SIGCONT, and returns once none of its threads runs.
    package func stop() throws {
        try send(SIGSTOP)
        var information = unsafe siginfo_t()
        let result = unsafe waitid(P_PID, id_t(pid), &information, WSTOPPED | WEXITED | WNOWAIT)
        try Self.require(result == 0, "waitid")
        guard unsafe information.si_code == CLD_STOPPED else {
            throw SystemFailure(operation: "stop process \(pid)", number: ESRCH)
        }
    }

    /// Closes the input, reads the rest of the output and waits for the end.
    package func finish() throws -> Outcome {
        closeInput()
        while try output >= 0 && readMore() {}
        var status: Int32 = 0
        try Self.require(unsafe waitpid(pid, &status, 0) == pid, "waitpid")
        isReaped = true
        if lifetime == .ours { OrphanKeeper.shared.remove(pid) }
        let signalNumber = status & 0x7F
        try Self.require(lseek(errors, 0, SEEK_SET) == 0, "lseek")
        return Outcome(
            ending: signalNumber == 0 ? .exit((status >> 8) & 0xFF) : .signal(signalNumber),
            output: unread,
            errors: try Self.readAll(errors)
        )
    }

    private func readMore() throws -> Bool {
        let bytes = try Self.read(output)
        unread += bytes
        return !bytes.isEmpty
    }

    private static func spawn(
        _ path: String,
        _ arguments: [String],
        _ environment: [String: String],
        descriptors: [Int32]
    ) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (target, descriptor) in descriptors.enumerated() {
            unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(target))
        }
        // The tests ignore SIGPIPE, and their threads may block signals; a child starts as from a shell.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        unsafe sigemptyset(&defaults)
        unsafe sigaddset(&defaults, SIGPIPE)
        unsafe posix_spawnattr_setsigdefault(&attributes, &defaults)
        var blocked = sigset_t()
        unsafe sigemptyset(&blocked)
        unsafe posix_spawnattr_setsigmask(&attributes, &blocked)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        let words = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
        let variables = unsafe environment.map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
        defer { unsafe (words + variables).forEach { unsafe free($0) } }
        var pid: pid_t = 0
        errno = unsafe posix_spawn(&pid, path, &actions, &attributes, words, variables)
        try require(errno == 0, "start \(path)")
        return pid
    }

    /// A program that was built beside the running one.
    package static func builtProgram(_ name: String) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/" + name
    }

    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        try require(unsafe Glibc.pipe(&ends) == 0, "pipe")
        for end in ends { try closeOnExec(end) }
        return (ends[0], ends[1])
    }

    private static func unnamedFile() throws -> Int32 {
        var template = Array("/tmp/tradeledger-test-XXXXXX".utf8CString)
        let descriptor = unsafe mkstemp(&template)
        try require(descriptor >= 0, "mkstemp")
        try closeOnExec(descriptor)
        try require(unsafe unlink(template) == 0, "unlink")
        return descriptor
    }

    private static func closeOnExec(_ descriptor: Int32) throws {
        try require(fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0, "fcntl")
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            try require(count > 0, "write")
            done += count
        }
    }

    private static func read(_ descriptor: Int32) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
        try require(count >= 0, "read")
        return Array(buffer.prefix(count))
    }

    private static func readAll(_ descriptor: Int32) throws -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let bytes = try read(descriptor)
            if bytes.isEmpty { return all }
            all += bytes
        }
    }

    private static func require(_ condition: Bool, _ operation: String) throws {
        guard condition else { throw SystemFailure(operation: operation, number: errno) }
    }
}

/// A system call of a test that failed.
package struct SystemFailure: Error {
    package let operation: String
    package let number: Int32

    package init(operation: String, number: Int32) {
        self.operation = operation
        self.number = number
    }
}
