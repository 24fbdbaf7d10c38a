internal import Glibc

/// A program that is started and awaited.
enum ChildProgram {
    /// Runs a program, its standard output into a file.
    ///
    /// Throws where it does not end with status 0.
    static func run(_ arguments: [String], standardOutput: String = "/dev/null") throws {
        var strings = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { unsafe strings.forEach { unsafe free($0) } }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(
            &actions,
            STDOUT_FILENO,
            standardOutput,
            O_WRONLY | O_CREAT | O_TRUNC,
            0o600
        )
        var process = pid_t()
        let error = unsafe posix_spawn(&process, arguments[0], &actions, nil, &strings, nil)
        guard error == 0 else { throw SystemFailure("start", arguments[0], error) }
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { throw SystemFailure("wait for", arguments[0], errno) }
        }
        guard status == 0 else { throw Failure("\(arguments[0]) ended with wait status \(status)") }
    }
}
