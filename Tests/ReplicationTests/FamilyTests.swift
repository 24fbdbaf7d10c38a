import Ledger
import LedgerTestSupport
import PostgresTestSupport
import Replication
import Testing
import TradeModel

/// Families that only these tests declare: notes begin and end, and readings of a meter do neither.
///
/// A program fixes its families when it reads the first event, so each test runs in its own process.
@Suite(.needsServer) struct `A family of events` {
    @Test func `is appended, read, replicated, verified, exported and restored by its declaration alone`() async {
        await #expect(processExitsWith: .success) {
            EventFamily.registerTestFamilies()
            for server in TestServer.all {
                try ReplicatedLedger.with(server) { ledger in
                    try ledger.append([
                        Notes.begun, Notes.trade, Notes.continued, Notes.reading(1), Notes.reading(2), Notes.ended,
                    ])
                    let printed = try ledger.printedEvents()
                    #expect(
                        printed.map(Notes.withoutOwnFields) == [
                            Notes.begun, Notes.trade, Notes.continued, Notes.reading(1), Notes.reading(2), Notes.ended,
                        ]
                    )
                    try ledger.ship()
                    #expect(try ledger.problems() == [])
                    let rows = try ledger.rows(
                        "SELECT type, subject, trade_id, symbol, details FROM ledger.trade_events ORDER BY sequence"
                    )
                    #expect(
                        rows == [
                            ["note.begun", "n/1", nil, "BTC/USDT", Notes.details],
                            ["trade.opened", "t-1", "t-1", "BTC/USDT", nil],
                            ["note.continued", "n/1", "t-1", nil, nil],
                            ["meter.read", "m", nil, nil, #"{"weight":"1"}"#],
                            ["meter.read", "m", nil, nil, #"{"weight":"2"}"#],
                            ["note.ended", "n/1", nil, nil, nil],
                        ]
                    )
                    #expect(try ledger.rows("SELECT trade_id FROM trade_history") == [["t-1"]])
                    #expect(try ledger.rows("SELECT type FROM trade_timeline") == [["trade.opened"]])
                    // The output can be appended to another ledger, and the log can be restored from the database.
                    let copy = try ReplicatedLedger(databaseURL: server.url)
                    try copy.append(printed)
                    #expect(try copy.printedEvents().map(Notes.withoutOwnFields) == printed.map(Notes.withoutOwnFields))
                    let directory = TemporaryDirectory()
                    _ = try DatabaseRestore(ledger.address).run(
                        ledger.ledger.ledgerID,
                        to: directory.path
                    ) { _ in }
                    #expect(try Notes.printedEvents(of: directory.path) == printed)
                }
            }
        }
    }

    @Test func `begins once and ends once, and recognises what is sent again`() async {
        await #expect(processExitsWith: .success) {
            EventFamily.registerTestFamilies()
            let directory = TemporaryDirectory()
            try Ledger.create(in: directory.path)
            // Each ledger is reopened, so that its state comes from the log.
            func outcomes(_ lines: [String]) throws -> [String] {
                let ledger = try Ledger(opening: directory.path)
                defer { ledger.close() }
                return ledger.append(lines: lines.map { EventLine(Array($0.utf8)) }).map(Notes.outcome)
            }
            #expect(try outcomes([Notes.continued]) == ["unknown_subject"])
            #expect(try outcomes([Notes.begun, Notes.reading(1)]) == ["appended 1", "appended 2"])
            #expect(try outcomes([Notes.begun, Notes.begunOtherwise]) == ["duplicate 1", "subject_exists"])
            // A meter has no beginning: without an event_id, each reading counts.
            #expect(try outcomes([Notes.reading(1), Notes.continued]) == ["appended 3", "appended 4"])
            #expect(try outcomes([Notes.ended, Notes.continued]) == ["appended 5", "subject_ended"])
            #expect(try outcomes([Notes.begun, Notes.ended]) == ["duplicate 1", "subject_ended"])
            let wrong = [
                Notes.begun.replacing("green", with: "blue"): "invalid_field",
                Notes.begun.replacing("weight", with: "height"): "unknown_field",
                Notes.begun.replacing(#""note_id":"n/1","#, with: ""): "missing_field",
                Notes.begun.replacing(#""colour":"green","#, with: ""): "missing_field",
                Notes.reading(1).replacing(#""meter_id":"m""#, with: #""meter_id":"""#): "invalid_field",
                Notes.trade.replacing("{", with: #"{"colour":"green","#): "unknown_field",
            ]
            for (line, code) in wrong { #expect(try outcomes([line]) == [code]) }
        }
    }
}

/// The families of the tests, with every kind of value.
extension EventFamily {
    fileprivate static func registerTestFamilies() {
        let note = EventFamily(
            "note",
            "Notes of a person.",
            subject: .noteID,
            fields: [
                FieldDeclaration(.noteID, "note_id", .subject, "The note.", example: "n-1"),
                FieldDeclaration(.colour, "colour", .choice(["red", "green"]), "Its colour.", example: "red"),
                FieldDeclaration(.weight, "weight", .decimal, "Its weight.", example: "1.5"),
                FieldDeclaration(.source, "source", .uuid, "Where it is from.", example: "\(EventID(high: 1, low: 2))"),
                FieldDeclaration(.paper, "paper", .object, "What it is made of.", example: "{}"),
            ],
            types: [
                TypeDeclaration(
                    EventType(number: 200),
                    "note.begun",
                    "A note was begun.",
                    .begins,
                    required: [.colour],
                    optional: [.weight, .source, .paper, .symbol]
                ),
                TypeDeclaration(
                    EventType(number: 201),
                    "note.continued",
                    "A note was continued.",
                    .continues,
                    optional: [.tradeID]
                ),
                TypeDeclaration(EventType(number: 202), "note.ended", "A note was ended.", .ends),
            ]
        )
        let meter = EventFamily(
            "meter",
            "Readings of a meter.",
            subject: .meterID,
            fields: [  // As a field of another family it may be empty, as a subject never.
                FieldDeclaration(.meterID, "meter_id", .identifier, "The meter.", example: "m")
            ],
            types: [
                TypeDeclaration(
                    EventType(number: 210),
                    "meter.read",
                    "A meter was read.",
                    .stands,
                    required: [.weight]
                )
            ]
        )
        note.register()
        meter.register()
    }
}

extension Field {
    fileprivate static let noteID = Field(number: 100)
    fileprivate static let colour = Field(number: 101)
    fileprivate static let weight = Field(number: 102)
    fileprivate static let source = Field(number: 103)
    fileprivate static let paper = Field(number: 104)
    fileprivate static let meterID = Field(number: 105)
}

/// Events of the test families, as the ledger prints them.
private enum Notes {
    static let details =
        #"{"colour":"green","weight":"-0.25","source":"00000000-0000-0001-0000-000000000002","paper":{ "gsm": 80 }}"#

    static let begun =
        #"{"type":"note.begun","note_id":"n/1","occurred_at":"2025-06-15T15:06:40.000000Z","symbol":"BTC/USDT","#
        + #""colour":"green","weight":"-0.25","source":"00000000-0000-0001-0000-000000000002","paper":{ "gsm": 80 },"#
        + #""context":{"market_regime":"calm"}}"#
    static let begunOtherwise = begun.replacing("green", with: "red")
    static let trade =
        #"{"type":"trade.opened","trade_id":"t-1","occurred_at":"2025-06-15T15:06:41.000000Z","symbol":"BTC/USDT","#
        + #""side":"buy","order_type":"limit","amount":"1","price":"2"}"#
    static let continued =
        #"{"type":"note.continued","note_id":"n/1","occurred_at":"2025-06-15T15:06:42.000000Z","trade_id":"t-1"}"#
    static let ended = #"{"type":"note.ended","note_id":"n/1","occurred_at":"2025-06-15T15:06:43.000000Z"}"#

    static func reading(_ weight: Int) -> String {
        #"{"type":"meter.read","meter_id":"m","occurred_at":"2025-06-15T15:06:42.000000Z","weight":"\#(weight)"}"#
    }

    /// The answer to an append: its status and sequence, or the code of its rejection.
    static func outcome(_ result: Result<Receipt, AppendError>) -> String {
        switch result {
        case .success(let receipt): "\(receipt.status) \(receipt.sequence)"
        case .failure(.rejected(let rejection)): rejection.code.rawValue
        case .failure(let error): "\(error)"
        }
    }

    /// A printed line without the fields that the ledger added.
    static func withoutOwnFields(_ line: String) -> String {
        guard let start = line.firstRange(of: #""type":"#)?.lowerBound else { return line }
        return "{" + line[start...]
    }

    static func printedEvents(of directory: String) throws -> [String] {
        let reader = try LedgerReader(opening: directory)
        var events = try reader.events()
        var lines: [String] = []
        while let event = try events.next() {
            var bytes: [UInt8] = []
            EventJSON.write(event, ledgerID: reader.ledgerID, into: &bytes)
            lines.append(String(decoding: bytes.dropLast(), as: UTF8.self))
        }
        return lines
    }
}

extension ReplicatedLedger {
    fileprivate func printedEvents() throws -> [String] { try Notes.printedEvents(of: directory.path) }
}
