import Foundation
import Ledger
import LedgerTestSupport
import PostgresTestSupport
import Testing
import TradeModel

/// Every query of docs/sql.md, compared with the output on the page.
@Suite(.needsServer) struct `The queries of the documentation` {
    @Test(arguments: TestServer.all)
    func `print the output on the page`(server: TestServer) throws {
        try server.withMigratedDatabase { url in
            let bots = try ["momentum", "grid"].enumerated().map { number, name in
                let ledger = try ReplicatedLedger(databaseURL: url, number: Int64(number))
                try append(name, ledger)
                try ledger.ship()
                return ledger
            }
            var page = try DocumentedQueries(file: "docs/sql.md")
            #expect(page.queries.count >= 48)
            let dayStart = try #require(page.firstQuery(after: "fixtures/day.ndjson"))
            try server.withMigratedDatabase { dayURL in
                let day = try ReplicatedLedger(databaseURL: dayURL)
                try append("../day", day)
                try day.ship()
                let candles = DocumentedQueries.root.appending(path: "fixtures/candles.csv").path
                _ = try Self.psql(dayURL, "\\copy price_data FROM '\(candles)' (FORMAT csv, HEADER match)")
                try check(&page, dayStart..<page.queries.count, day, dayURL)
            }
            try check(&page, 0..<dayStart, bots[0], url)
            try page.write()
        }
    }

    /// Asks some queries of the page as a reader, and compares or records what it prints.
    private func check(
        _ page: inout DocumentedQueries,
        _ indexes: Range<Int>,
        _ ledger: ReplicatedLedger,
        _ url: String
    ) throws {
        try ledger.withLogin(inRole: "ledger_reader") { _ in
            let reader = "\(url)&user=login_\(TestServer.databaseName(in: url))"
            for index in indexes {
                let printed = try Self.psql(reader, page.queries[index].sql)
                if ProcessInfo.processInfo.environment["TRADELEDGER_RECORD_FIXTURES"] == "1" {
                    page.queries[index].output = printed
                } else {
                    #expect(page.queries[index].output == printed, "\(page.queries[index].sql)")
                }
            }
        }
    }

    /// Appends the events of a bot, each a second after it happened.
    private func append(_ name: String, _ ledger: ReplicatedLedger) throws {
        let file = try String(
            contentsOf: DocumentedQueries.root.appending(path: "fixtures/bots/\(name).ndjson"),
            encoding: .utf8
        )
        for line in file.split(separator: "\n") {
            let event = try EventJSON.decode(line: Array(line.utf8))
            let behind = event.body.occurredAt.microsecondsSince1970 + 1_000_000
            ledger.clock.advance(microseconds: max(0, behind - ledger.clock.clock.now().microsecondsSince1970))
            try ledger.append([String(line)])
        }
    }

    private static func psql(_ url: String, _ sql: String) throws -> String {
        let process = try ChildProcess(
            "/usr/bin/psql",
            ["-X", "-v", "ON_ERROR_STOP=1", "-P", "footer=off", url, "-c", sql],
            environment: ["PGTZ": "UTC"],
            input: .bytes([])
        )
        let outcome = try process.finish()
        try #require(outcome.ending == .exit(0), "\(outcome.stderr) \(sql)")
        return outcome.stdout.split(separator: "\n").map {
            String($0.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }
}

/// The queries of a page, each a block of `sql` followed by a block of `text` with its output.
private struct DocumentedQueries {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")

    struct Query {
        let sql: String
        var output: String
    }

    private let url: URL
    /// The text before each query, and after the last one.
    private var between: [String] = []
    var queries: [Query] = []

    private static let beginning = "```sql\n"
    private static let middle = "\n```\n\n```text\n"
    private static let end = "```\n"

    init(file: String) throws {
        url = Self.root.appending(path: file)
        var rest = Substring(try String(contentsOf: url, encoding: .utf8))
        var before = ""
        while let start = rest.firstRange(of: Self.beginning) {
            before += rest[..<start.lowerBound]
            let sqlEnd = try #require(rest[start.upperBound...].firstRange(of: "\n```\n"))
            guard rest[sqlEnd.lowerBound...].hasPrefix(Self.middle) else {
                before += rest[start.lowerBound..<sqlEnd.upperBound]
                rest = rest[sqlEnd.upperBound...]
                continue
            }
            let outputStart = rest.index(sqlEnd.lowerBound, offsetBy: Self.middle.count)
            let outputEnd = try #require(rest[outputStart...].firstRange(of: Self.end))
            between.append(before)
            let output = rest[outputStart..<outputEnd.lowerBound]
            let sql = String(rest[start.upperBound..<sqlEnd.lowerBound])
            queries.append(Query(sql: sql, output: output.hasSuffix("\n") ? String(output.dropLast()) : String(output)))
            before = ""
            rest = rest[outputEnd.upperBound...]
        }
        between.append(before + rest)
    }

    /// The first query after a text; nil where the page does not have it.
    func firstQuery(after text: String) -> Int? { between.firstIndex { $0.contains(text) } }

    /// Writes the page if an output was recorded again.
    func write() throws {
        var text = ""
        for (before, query) in zip(between, queries) {
            text += before + Self.beginning + query.sql + Self.middle + query.output + "\n" + Self.end
        }
        text += between[queries.count]
        if try text != String(contentsOf: url, encoding: .utf8) {
            try text.write(to: url, atomically: true, encoding: .utf8)
        }
    }
}
