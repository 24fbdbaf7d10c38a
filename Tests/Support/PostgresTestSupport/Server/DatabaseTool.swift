internal import Glibc
internal import LedgerTestSupport

/// `tools/database`, which starts all servers.
enum DatabaseTool {
    private static let path: String = {
        let root = #filePath.split(separator: "/").dropLast(5).joined(separator: "/")
        return "/\(root)/tools/database"
    }()

    private static let environment: [String: String] = {
        var environment = ["PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"]
        if let programs = unsafe getenv("PG_BINDIR") { unsafe environment["PG_BINDIR"] = String(cString: programs) }
        return environment
    }()

    /// Starts the tool; some verbs run as long as their input is open.
    static func start(_ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(path, arguments, environment: environment, input: .pipe)
    }

    /// Runs the tool, and returns the last line that it printed.
    @discardableResult
    static func run(_ arguments: [String]) throws -> String {
        let outcome = try start(arguments).finish()
        guard outcome.ending == .exit(0) else {
            throw DatabaseToolError(arguments: arguments, messages: outcome.stderr)
        }
        return outcome.lines.last ?? ""
    }
}

/// A command of `tools/database`, or of PostgreSQL, that failed.
struct DatabaseToolError: Error {
    let arguments: [String]
    let messages: String
}
