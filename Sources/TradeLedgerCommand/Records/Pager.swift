internal import CLedgerShims
internal import Glibc

/// Shows text on standard output: through a pager if it is longer than the terminal, as git does.
enum Pager {
    /// What less does unless `LESS` says otherwise: it ends if all fits, shows colours, and leaves the text there.
    private static let lessOptions = "FRX"
    private static let usual = "less"

    /// Shows lines that are safe for a terminal.
    static func show(_ lines: [String]) throws {
        let bytes = lines.flatMap { Array($0.utf8) + [UInt8(ascii: "\n")] }
        if lines.count >= screenLineCount, let command, page(bytes, command) { return }
        try StandardOutput.print(bytes)
    }

    /// How many lines the terminal has; more than any text if standard output is none.
    private static var screenLineCount: Int {
        guard isatty(STDOUT_FILENO) == 1 else { return .max }
        let count = Int(ledger_terminal_lines(STDOUT_FILENO))
        return count > 0 ? count : .max
    }

    /// The command in `PAGER`; nil if that is empty or `cat`, or if the terminal is a dumb one.
    private static var command: String? {
        guard let value = unsafe getenv("PAGER") else { return Settings.environment("TERM") == "dumb" ? nil : usual }
        let command = unsafe String(cString: value)
        return command.isEmpty || command == "cat" ? nil : command
    }

    /// Runs the pager on the text until the person leaves it; returns false if it could not be started.
    private static func page(_ bytes: [UInt8], _ command: String) -> Bool {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { return false }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        // Ctrl-C on the terminal is for the pager.
        let interrupt = signal(SIGINT, SIG_IGN)
        let quit = signal(SIGQUIT, SIG_IGN)
        defer {
            signal(SIGINT, interrupt)
            signal(SIGQUIT, quit)
        }
        let pid = start(command, reading: ends[0])
        close(ends[0])
        if pid != nil { write(bytes, to: ends[1]) }
        close(ends[1])
        guard let pid else { return false }
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0 { guard errno == EINTR else { return true } }
        return !notStarted.contains((status >> 8) & 0xFF)
    }

    /// The exit statuses with which the shell says that it found no such program, or could not run it.
    private static let notStarted: ClosedRange<Int32> = 126...127

    /// Starts the command in a shell whose input is the descriptor; nil if that fails.
    private static func start(_ command: String, reading input: Int32) -> pid_t? {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // What this program ignores, its children would ignore too.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for number in [SIGINT, SIGQUIT, SIGPIPE, SIGXFSZ] { unsafe sigaddset(&signals, number) }
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        let words = ["sh", "-c", command]
        let arguments = unsafe words.map { unsafe strdup($0) } + [nil]
        defer { unsafe arguments.forEach { unsafe free($0) } }
        unsafe setenv("LESS", lessOptions, 0)
        var pid: pid_t = 0
        let outcome = unsafe posix_spawn(&pid, "/bin/sh", &actions, &attributes, arguments, ledger_environment())
        return outcome == 0 ? pid : nil
    }

    /// Writes until everything is written, or the person has left the pager.
    private static func write(_ bytes: [UInt8], to pipe: Int32) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(pipe, $0.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return }
            done += count
        }
    }
}
