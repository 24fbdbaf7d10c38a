internal import CLoad
internal import Glibc

/// A Redis server that flushes its log before each answer, at a port of this machine.
struct RedisServer {
    let port: UInt16
    private let program: RunningProgram

    /// Debian has the server under this name in `redis-tools`, which starts no service; it goes by the name that it is
    /// called by.
    private static let path = "/usr/bin/redis-check-rdb"

    private init(in directory: String) throws {
        let name = directory + "/redis-server"
        guard unsafe symlink(Self.path, name) == 0 else { throw SystemFailure("link", name, errno) }
        port = try Load.freePort()
        program = try RunningProgram([
            name, "--port", "\(port)", "--bind", "127.0.0.1", "--dir", directory, "--appendonly", "yes",
            "--appendfsync", "always", "--save", "",
        ])
    }

    /// Starts one in a directory, uses it, and stops it.
    static func once<Value>(in directory: String, _ body: (RedisServer) throws -> Value) throws -> Value {
        guard unsafe access(path, X_OK) == 0 else { throw LeftOut("there is no Redis server") }
        let server = try RedisServer(in: directory)
        let result = Result {
            try server.waitUntilReady()
            return try body(server)
        }
        try server.program.stop()
        return try result.get()
    }

    private func waitUntilReady() throws {
        let watch = Stopwatch()
        let echo = Requests([Self.command(["ECHO", "ready"].map { Array($0.utf8) })])
        while true {
            do {
                _ = try Load([echo], port: port, load_redis)
                return
            } catch {
                guard watch.seconds < 10 else { throw error }
                usleep(1000)
            }
        }
    }

    /// Requests that each add a record to a stream.
    static func add(_ records: some Sequence<StoredRecord>) -> Requests {
        let words = ["XADD", "events", "*", "record"].map { Array($0.utf8) }
        return Requests(records.map { command(words + [$0.bytes]) })
    }

    private static func command(_ words: [[UInt8]]) -> [UInt8] {
        let end = Array("\r\n".utf8)
        return words.reduce(Array("*\(words.count)".utf8) + end) { $0 + Array("$\($1.count)".utf8) + end + $1 + end }
    }
}
