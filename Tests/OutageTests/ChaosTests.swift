import Glibc
import LedgerTestSupport
import PostgresTestSupport
import Testing

@Suite(.needsServer, .serialized, .onOwnThread, .timeLimit(.minutes(30))) struct `Chaos` {
    private func start(_ kind: ServerKind, _ arguments: String...) throws -> ChildProcess {
        try ChildProcess(
            "/bin/sh",
            ["-c", #"exec "$0" "$@" 2>&1"#, ChildProcess.builtProgram("ChaosCommand")] + arguments
                + (kind == .plain ? ["--plain"] : []),
            environment: ["PATH": "/usr/bin:/bin"],
            input: .bytes([])
        )
    }

    @Test(arguments: ServerKind.tested) func `of a few seconds breaks no promise`(kind: ServerKind) throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        let outcome = try start(kind, "--minutes", "0.2", "--seed", "\(seed)").finish()
        #expect(outcome.ending == .exit(0), "\(outcome.stdout)")
        #expect(outcome.lines.last == "every promise was kept", "\(outcome.stdout)")
    }

    @Test func `that is interrupted leaves nothing behind`() throws {
        let process = try start(.plain, "--minutes", "5", "--seed", "1")
        var directories: [Substring] = []
        while let line = try process.readLine() {
            if directories.isEmpty {
                guard let list = line.split(separator: " are in ").dropFirst().first else { continue }
                directories = list.split(separator: " ")
            } else if line.contains(" ms") {
                break
            }
        }
        #expect(directories.count == 5)
        try process.send(SIGINT)
        #expect(try process.finish().ending == .exit(130))
        for directory in directories { #expect(unsafe access(String(directory), F_OK) != 0, "\(directory)") }
    }
}
