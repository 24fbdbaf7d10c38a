internal import Glibc

/// A program that the benchmarks start and wait for.
enum ChildProgram {
    /// Runs a program, its standard output into a file.
    ///
    /// Throws if it does not end with status 0.
    static func run(_ arguments: [String], standardOutput: String = "/dev/null") throws {
        let status = try wait(for: start(arguments, standardOutput: standardOutput))
        guard status == 0 else { throw Failure("\(arguments[0]) ended with wait status \(status)") }
    }

    /// Runs a program and returns what it printed.
    static func output(of arguments: [String], in directory: String) throws -> String {
        let path = directory + "/output"
        try run(arguments, standardOutput: path)
        let bytes = try readFile(path)
        try Scratch.remove(path)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Starts a program, its standard output into a file.
    static func start(_ arguments: [String], standardOutput: String) throws -> pid_t {
        try unsafe spawn(arguments) { actions in
            let flags = O_WRONLY | O_CREAT | O_TRUNC
            unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, standardOutput, flags, 0o600)
        }
    }

    /// Starts a program whose standard input and output are these descriptors.
    static func start(_ arguments: [String], standardInput: Int32, standardOutput: Int32) throws -> pid_t {
        try unsafe spawn(arguments) { actions in
            unsafe posix_spawn_file_actions_adddup2(&actions, standardInput, STDIN_FILENO)
            unsafe posix_spawn_file_actions_adddup2(&actions, standardOutput, STDOUT_FILENO)
        }
    }

    private static func spawn(
        _ arguments: [String],
        _ redirect: (inout posix_spawn_file_actions_t) -> Void
    ) throws -> pid_t {
        var strings = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { unsafe strings.forEach { unsafe free($0) } }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe redirect(&actions)
        // The threads that tasks run on block every signal. A child would inherit that, and neither Python nor a
        // `tradeledger verify` would end when somebody interrupts the measurement.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        unsafe sigemptyset(&noSignals)
        unsafe posix_spawnattr_setsigmask(&attributes, &noSignals)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var process = pid_t()
        let error = unsafe posix_spawn(&process, arguments[0], &actions, &attributes, &strings, nil)
        guard error == 0 else { throw SystemFailure("start", arguments[0], error) }
        return process
    }

    /// Waits for its end, and returns the wait status.
    static func wait(for process: pid_t) throws -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { throw SystemFailure("wait for", "process \(process)", errno) }
        }
        return status
    }
}
