internal import Glibc
internal import LedgerTestSupport

/// A server of one test, which may stop and kill it.
///
/// It goes with all its data at the end of the test.
package final class PrivateServer: Sendable {
    private let directory = TemporaryDirectory()

    private static let tool: String = {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(root)/tools/database"
    }()

    /// Makes a server and starts it.
    package init() throws {
        // Run by root, the server is another user's process.
        let result = unsafe chmod(directory.path, 0o755)
        precondition(result == 0, "a directory's mode can be changed")
        try start()
    }

    deinit {
        do { try run("remove") } catch { preconditionFailure("a server can be removed: \(error)") }
    }

    /// The server as tests use it; the URL stays from one start to the next.
    package var server: TestServer {
        get throws { TestServer(description: "private", url: try run("url")) }
    }

    /// Starts it, with what the last crash left behind.
    package func start() throws { try run("start", "--unsafe-fast") }

    /// Ends every process of it at once, as a crash does.
    package func kill() throws { try run("kill") }

    /// What `tools/database` printed.
    @discardableResult
    private func run(_ verb: String, _ option: String = "") throws -> String {
        let command = "\(Self.tool) \(verb) \(directory.path)/server \(option)"
        guard let output = unsafe popen(command, "r") else { throw PrivateServerError(command: command, status: -1) }
        var text: [UInt8] = []
        var byte = unsafe fgetc(output)
        while byte != EOF {
            text.append(UInt8(truncatingIfNeeded: byte))
            byte = unsafe fgetc(output)
        }
        let status = unsafe pclose(output)
        guard status == 0 else { throw PrivateServerError(command: command, status: status) }
        return String(decoding: text.split(separator: UInt8(ascii: "\n")).last ?? [], as: UTF8.self)
    }
}

/// A command of `tools/database` that failed.
struct PrivateServerError: Error {
    let command: String
    let status: Int32
}
