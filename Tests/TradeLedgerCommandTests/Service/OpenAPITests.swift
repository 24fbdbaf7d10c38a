import Foundation
import LedgerTestSupport
import Testing

/// What schemathesis finds when it asks a service for everything that its OpenAPI document describes.
@Suite struct `The OpenAPI document of a service` {
    private static let root = URL(filePath: #filePath).appending(path: "../../../..").standardized
    private static let python = ProcessInfo.processInfo.environment["TRADELEDGER_TEST_PYTHON"]

    @Test(.enabled(if: python != nil, "the packages of Python are missing: TRADELEDGER_TEST_PYTHON"))
    func `describes every answer`() throws {
        let ledger = try CommandLedger()
        try ledger.run("init", "--signing-key")
        let day = Self.root.appending(path: "fixtures/day.ndjson").path
        try #require(try ledger.run("append", "--quiet", day).ending == .exit(0))
        let token = try ledger.run("token", "create", "--role", "admin", "--name", "tester").lines[0]
        let service = try RunningService(ledger, ["--rate-limit", "1000000"])
        let document = try Self.withoutWaits(try service.request("GET", "/openapi.json").text)
        let outcome = try ChildProcess(
            #require(Self.python),
            [
                "-m", "schemathesis.cli",
                "--config-file", Self.root.appending(path: "Tests/OpenAPI/schemathesis.toml").path,
                "run", try ledger.file("openapi.json", document), "--url", "http://127.0.0.1:\(service.port)",
                "--header", "Authorization: Bearer \(token)", "--phases", "examples,coverage,fuzzing",
                "--max-examples", "10", "--seed", "1", "--no-color",
            ],
            environment: ["PATH": "/usr/bin:/bin", "HOME": ledger.directory.path],
            input: .bytes([])
        ).finish()
        #expect(outcome.ending == .exit(0), "\(outcome.stdout)\(outcome.stderr)")
        #expect(try service.end(SIGTERM) == .exit(0), "\(service.messages)")
    }

    /// The document without the parameter that makes the service wait for events that nobody appends.
    private static func withoutWaits(_ document: String) throws -> String {
        let parts = document.components(separatedBy: #"{"name":"min_sequence""#)
        try #require(parts.count > 1)
        return try parts.dropFirst().reduce(parts[0]) { text, part in
            // The object ends with its schema.
            let end = try #require(part.range(of: "}}"))
            let rest = part[end.upperBound...]
            let before = text.hasSuffix(",") ? text.dropLast() : text[...]
            return String(before + (before.count < text.count ? rest : rest.drop { $0 == "," }))
        }
    }
}
