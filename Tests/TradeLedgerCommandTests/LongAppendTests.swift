import Foundation
import LedgerTestSupport
import Testing

@Suite(.enabled(if: ProcessInfo.processInfo.environment["TRADELEDGER_TEST_LONG"] == "1"))
struct `A million events` {
    private static let memoryKibibytesMax = 200 << 10

    @Test func `are appended from a file in bounded memory, and verified`() throws {
        let ledger = try CommandLedger()
        let file = ledger.directory.path + "/events.ndjson"
        try Self.writeEvents(1_000_000, to: file)
        // The file comes through a pipe that the shell keeps open, so that the process is there to be measured.
        let process = try ledger.startShell(
            #"mkfifo "$D/pipe"; (cat "$D/events.ndjson"; read -r _ < "$D/pipe.end") > "$D/pipe" & "#
                + #"mkfifo "$D/pipe.end"; exec "$T" append "$D/pipe""#
        )
        for _ in 0..<1_000_000 { _ = try #require(try process.readLine()) }
        #expect(try Self.peakKibibytes(process.pid) < Self.memoryKibibytesMax)
        _ = try ledger.shell(#"echo > "$D/pipe.end""#)
        #expect(try process.finish().ending == .exit(0))
        #expect(try ledger.run("verify").ending == .exit(0))
    }

    @Test func `are recognised by a writer in bounded memory`() throws {
        let ledger = try CommandLedger()
        let file = ledger.directory.path + "/events.ndjson"
        try Self.writeEvents(1_000_000, to: file)
        #expect(try ledger.run("append", "--quiet", file).ending == .exit(0))
        let process = try ledger.start(["append"])
        try process.write(EventText.opened("one more") + "\n")
        #expect(try jsonObject(try #require(try process.readLine()))["sequence"] == .integer(1_000_001))
        #expect(try Self.peakKibibytes(process.pid) < Self.memoryKibibytesMax)
        #expect(try process.finish().ending == .exit(0))
    }

    private static func writeEvents(_ count: Int, to path: String) throws {
        var generator = EventGenerator(seed: 61)
        try Data().write(to: URL(fileURLWithPath: path))
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        for _ in stride(from: 0, to: count, by: 1000) {
            try file.write(contentsOf: Data((0..<1000).map { _ in generator.nextLine() + "\n" }.joined().utf8))
        }
        try file.close()
    }

    /// The peak memory of a running process, from the kernel.
    private static func peakKibibytes(_ pid: pid_t) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) })
    }
}
