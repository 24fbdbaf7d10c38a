import Foundation
import LedgerTestSupport
import Testing

/// Clients that others wrote follow the day of fixtures/day.ndjson while it is appended over HTTP.
@Suite(.onOwnThread) struct `A day that is followed` {
    private static let python = ProcessInfo.processInfo.environment["TRADELEDGER_TEST_PYTHON"]
    private static let root = URL(filePath: #filePath).appending(path: "../../../..").standardized

    private static func day() throws -> [String] {
        let text = try String(contentsOf: root.appending(path: "fixtures/day.ndjson"), encoding: .utf8)
        return text.split(separator: "\n").map(String.init)
    }

    private func append(_ lines: [String], _ service: RunningService) throws {
        let client = try service.client()
        for line in lines {
            let response = try client.request("POST", "/v1/events", ["Content-Type: application/json"], body: line)
            #expect(response.status == 201, "\(response.text)")
        }
    }

    @Test func `comes whole and in order by curl, as Server-Sent Events`() throws {
        let ledger = try CommandLedger()
        let lines = try Self.day()
        try RunningService.serving(ledger) { (service) throws in
            let curl = try ledger.startShell("exec curl -sSN 'http://127.0.0.1:\(service.port)/v1/stream?from=1'")
            try append(lines, service)
            var followed: [String] = []
            for number in 1...lines.count {
                #expect(try curl.readLine() == "id: \(number)")
                followed.append(String(try #require(try curl.readLine()).dropFirst("data: ".count)))
                #expect(try curl.readLine()?.isEmpty == true)
            }
            #expect(followed == (try ledger.run("events").lines))
            try curl.send(SIGTERM)
            _ = try curl.finish()
        }
    }

    @Test(.enabled(if: python != nil, "TRADELEDGER_TEST_PYTHON names no Python with websockets; see tools/test"))
    func `comes whole and in order to the Python package websockets`() throws {
        let ledger = try CommandLedger()
        let lines = try Self.day()
        try RunningService.serving(ledger) { (service) throws in
            let process = try ChildProcess(
                try #require(Self.python),
                [
                    Self.root.appending(path: "Tests/StreamFollower/follow.py").path,
                    "ws://127.0.0.1:\(service.port)/v1/stream?from=1", "\(lines.count)",
                ],
                environment: ["PATH": "/usr/bin:/bin"],
                input: .bytes([])
            )
            #expect(try process.readLine() == "following")
            try append(lines, service)
            let outcome = try process.finish()
            #expect(outcome.ending == .exit(0), "\(outcome.stderr)")
            #expect(outcome.lines == (try ledger.run("events").lines))
        }
    }
}
