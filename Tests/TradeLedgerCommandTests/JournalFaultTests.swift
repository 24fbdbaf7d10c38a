import Glibc
import LedgerTestSupport
import Testing

@Suite struct `Files that import journal lists` {
    private let ledger: CommandLedger
    private var journal: JournalFiles

    init() throws {
        ledger = try CommandLedger()
        journal = try JournalFiles(in: ledger)
        // One good record, so that nothing else keeps an import from its end.
        try journal.write(BotRecord("good").closed())
    }

    private func run(exit status: Int32 = 65) throws -> ImportOutput {
        let outcome = try ledger.run("import", "journal", journal.path, "--format", "json")
        #expect(outcome.ending == .exit(status), "\(outcome.stdout)\(outcome.stderr)")
        let output = try ImportOutput(outcome)
        #expect(output.counts(["opened", "closed", "differing"]) == [1, 1, 0])
        return output
    }

    private static let record = BotRecord("bad").closed().json
    /// Texts of a file, each with its status and a part of the message.
    private static let faults: [(text: String, status: String, message: String)] = [
        ("", "unreadable", "Invalid JSON at byte 1"), ("{", "unreadable", "Invalid JSON at byte 2"),
        ("[]", "unreadable", "expected an object"), ("{}", "unreadable", "entry_price is missing"),
        (record + "{}", "unreadable", "expected the end of the line"),
        (record.replacing("0.30000000000000004", with: "NaN"), "unreadable", "NaN or Infinity at byte 3"),
        (record.replacing("1e-07", with: "-Infinity"), "unreadable", "NaN or Infinity at byte 3"),
        (record.replacing("trending", with: "a\nb"), "unreadable", "Invalid JSON"),
        (record.replacing("\"symbol\"", with: "\"trade_id\""), "unreadable", "second time in one object"),
        (record.replacing("\"bad\"", with: "7"), "unreadable", "trade_id is not a string"),
        (record.replacing("\"amount\": 0.1", with: "\"amount\": true"), "rejected", "invalid_field: \"amount\""),
        (record.replacing("\"amount\": 0.1", with: "\"amount\": \"x\""), "rejected", "invalid_field: \"amount\""),
        (record.replacing("\"fees\": 0.5", with: "\"fees\": 1e99"), "unreadable", "fees does not fit a decimal"),
        (record.replacing("\"closed\": true", with: "\"closed\": 1"), "unreadable", "closed is neither true nor"),
        (record.replacing("51000.25", with: "null"), "rejected", "the record is closed and has no exit_price"),
        (record.replacing("1767326645678", with: "null"), "rejected", "is closed and has no close_timestamp"),
        (
            record.replacing("\"closed\": true", with: "\"closed\": false"), "rejected",
            "has exit_price, but is not closed"
        ),
        (record.replacing("1767326645678", with: "1767323045677"), "rejected", "time_before_open"),
        (record.replacing("1767323045678", with: "1767323045"), "rejected", "as seconds it would be 2026-01-02"),
        (record.replacing("\"buy\"", with: "\"hold\""), "rejected", "invalid_field"),
        (record.replacing("\"amount\": 0.1", with: "\"amount\": -0.1"), "rejected", "amount_not_positive"),
        (record.replacing("50000.5", with: "-1"), "rejected", "price_not_positive"),
        (record.replacing("51000.25", with: "0"), "rejected", "price_not_positive"),
        (record.replacing("\"symbol\"", with: "\"pair\""), "rejected", "missing_field"),
        (record.replacing("\"bad\"", with: "\"\(String(repeating: "x", count: 129))\""), "rejected", "trade_id"),
        (record.replacing("\"amount\": 0.1", with: "\"amount\": 1e-38"), "rejected", "number_out_of_range"),
    ]

    // One ledger for all, because creating one writes 16 MiB.
    @Test func `name what is wrong with a record, and import nothing of it`() throws {
        _ = try run(exit: 0)
        for (text, status, message) in Self.faults {
            try journal.write("20260102_030405_bad.json", text)
            let outcome = try ledger.run("import", "journal", journal.path, "--format", "json")
            let output = try ImportOutput(outcome)
            #expect(outcome.ending == .exit(65), "\(message)")
            #expect(output.counts(["opened", "closed", "unchanged", "differing"]) == [0, 0, 1, 0], "\(message)")
            let fault = output.files.first { $0["status"]?.text == status }
            #expect(fault?["name"] == .string("20260102_030405_bad.json"), "\(message)")
            #expect(fault?["message"]?.text?.contains(message) == true, "\(output.messages) lacks \(message)")
        }
        #expect(try ledger.run("rejected").stdout.isEmpty)
    }

    @Test func `are also those that are no files of the journal, or cannot be read`() throws {
        try journal.write("20260102_030405_utf8.json", Array("{\"a\": \"".utf8) + [0xFF, 0x22, 0x7D])
        try journal.write("20260102_030405_huge.json", [UInt8](repeating: 0x20, count: 1 << 20 | 1))
        for name in ["notes.txt", ".hidden", "20260102_030405_.json", "2026010_0304050_x.json", "trade.json"] {
            try journal.write(name, BotRecord("other").json)
        }
        let path = journal.path
        let outcome = try ledger.shell(
            #"""
            cd "\#(path)" && mkdir 20260102_030405_folder.json && mkfifo 20260102_030405_pipe.json &&
            ln -s 20260102_030405_good.json 20260102_030405_link.json && : > "$(printf '20260102_030405_\377.json')"
            """#
        )
        try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
        let output = try run()
        let listed = Dictionary(grouping: output.files) { $0["status"]?.text ?? "" }
        #expect(
            Set(listed["unreadable", default: []].compactMap { $0["name"]?.text }) == [
                "20260102_030405_utf8.json", "20260102_030405_huge.json",
            ]
        )
        #expect(listed["unknown", default: []].count == 9)
        let messages = output.messages.joined(separator: "\n")
        for part in ["a directory", "not a regular file", "a symbolic link", "at most 1048576 are read", "its name is"]
        {
            #expect(messages.contains(part), "\(part)")
        }
    }

    @Test mutating func `are also what the index and the files do not have in common`() throws {
        try journal.write(BotRecord("lost"))
        try journal.remove(BotRecord("lost").fileName)
        let output = try run()
        #expect(output.statuses == ["missing"] && output.files[0]["trade_id"] == .string("lost"))
        var later = BotRecord("unlisted")
        later.timestamp += 1000
        try journal.write(later.fileName, later.json)
        let outcome = try ledger.run("import", "journal", journal.path, "--format", "json")
        #expect(try ImportOutput(outcome).statuses == ["missing", "unlisted"])
        #expect(try ledger.events("--trade", "unlisted").count == 1)
    }

    @Test func `do not include one that only the index names as a record`() throws {
        try journal.write("renamed.json", BotRecord("r").json)
        let name = BotRecord("good").fileName
        try journal.write("index.json", #"{"good": "\#(name)", "r": "renamed.json"}"#)
        let outcome = try ledger.run("import", "journal", journal.path, "--format", "json")
        #expect(outcome.ending == .exit(0), "\(outcome.stdout)")
        #expect(try ImportOutput(outcome).files.isEmpty)
        #expect(try ledger.events("--trade", "r").count == 1)
    }

    @Test func `are also those that the index names for two trades, or for another one`() throws {
        let name = BotRecord("good").fileName
        try journal.write("index.json", #"{"x": "\#(name)", "good": "\#(name)"}"#)
        let output = try run()
        #expect(output.statuses == ["conflict", "unlisted"])
        #expect(output.files.map { $0["trade_id"] } == [.string("good"), .string("good")])
        #expect(output.messages[1] == "the index has the file for the trade x")
    }

    @Test(arguments: [("{", "unreadable"), (#"{"good": 1}"#, "unreadable"), (nil, "missing")])
    func `are also an index that is not there or cannot be read`(_ text: String?, _ status: String) throws {
        if let text { try journal.write("index.json", text) } else { try journal.remove("index.json") }
        let output = try run()
        #expect(output.statuses == [status] && output.files[0]["name"] == .string("index.json"))
    }

    @Test mutating func `are also the files of a trade that has several, of which one is imported`() throws {
        var copy = BotRecord("good").closed(at: 1)
        copy.timestamp += 60_000
        try journal.write(copy.fileName, copy.json)
        let first = try run()
        #expect(first.statuses == ["unlisted", "conflict"])
        #expect(first.files[1]["name"] == .string(copy.fileName), "the index names the other one")
        #expect(try jsonObject(ledger.run("trades").lines[0])["realized_pnl"] == .string("99.475"))
    }

    @Test(arguments: ["no/such", "file"]) func `do not include a directory that is none`(_ name: String) throws {
        _ = try ledger.file("file", "")
        let outcome = try ledger.run("import", "journal", ledger.directory.path + "/" + name)
        #expect(outcome.ending == .exit(66) && outcome.messages.count == 1, "\(outcome.stderr)")
    }

    @Test func `include an order that a halt refuses, which a later import records`() throws {
        var record = BotRecord("m")
        record.entryPrice = 0
        try journal.write(record.fileName, record.json)
        try ledger.run("halt", "all", "--reason", "r", "--actor", "a")
        let output = try run()
        #expect(output.statuses == ["unlisted", "unpriced", "rejected"])
        #expect(output.messages[2].hasPrefix("halted: "))
        try ledger.run("resume", "all", "--reason", "r", "--actor", "a")
        let outcome = try ledger.run("import", "journal", journal.path, "--format", "json")
        #expect(try ImportOutput(outcome).counts(["ordered", "unpriced", "rejected"]) == [1, 1, 0])
    }
}
