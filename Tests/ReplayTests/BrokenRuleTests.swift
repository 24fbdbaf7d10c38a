import LedgerTestSupport
import Replay
import Testing
import TradeModel

@testable import Ledger

/// Events that somebody can write into a log with correct checksums, although admission would refuse them.
private struct Forgery {
    let name: String
    /// The last event of the forged log.
    let body: EventBody
    var eventID = EventID(high: 7, low: 7)

    init(_ name: String, _ line: String) throws {
        self.name = name
        let draft = try EventJSON.decode(line: Array(line.utf8))
        body = draft.body
        if let id = draft.eventID { eventID = id }
    }

    /// A body that no line gives: the fields after the id of the subject are written without a check.
    init(_ name: String, _ type: EventType, of subject: String = "open", _ write: (inout BodyWriter) -> Void) {
        self.name = name
        let time = Timestamp(microsecondsSince1970: 1_700_000_009_000_000)
        var writer = BodyWriter(type: type, occurredAt: time, subject: subject.utf8)
        write(&writer)
        body = writer.finish()
    }

    static func line(_ type: String, _ id: String, _ fields: String, second: Int = 9) -> String {
        #"{"type":"trade.\#(type)","trade_id":"\#(id)","occurred_at":\#(1_700_000_000_000 + second * 1000)"#
            + (fields.isEmpty ? "" : ",\(fields)") + "}"
    }

    static func order(_ id: String, symbol: String = "BTC/USDT", _ more: String = #","amount":"1""#) -> String {
        #"{"type":"order.submitted","order_id":"\#(id)","occurred_at":1700000009000,"symbol":"\#(symbol)","#
            + #""side":"buy","order_type":"limit"\#(more)}"#
    }

    static func opened(_ id: String, _ more: String = "", second: Int = 1) -> String {
        let terms = #""symbol":"BTC/USDT","side":"buy","order_type":"market","amount":"2","price":"10""#
        return line("opened", id, terms + more, second: second)
    }
}

@Suite struct `A log that breaks a rule` {
    private static let firstID = "00000000-0000-0000-0000-000000000001"

    /// A ledger of a trade that is open, with fills `f1` and `f2`, one that is closed and one that is voided; of two
    /// orders, one of which has ended, and one that nobody submitted; and of a halt.
    private static let lines = [
        Forgery.opened("open", #","event_id":"\#(firstID)","fill_id":"f1""#),
        Forgery.line("increased", "open", #""amount":"1","price":"11","fill_id":"f2""#),
        Forgery.opened("closed"),
        Forgery.line("closed", "closed", #""price":"12""#),
        Forgery.opened("voided"),
        Forgery.line("voided", "voided", ""),
        Forgery.line("annotated", "open", #""reason":"the last one of a trade""#),
        Forgery.order("live"),
        Forgery.order("ended"),
        #"{"type":"order.cancelled","order_id":"ended","occurred_at":1700000009000}"#,
        #"{"type":"risk.halted","scope":"symbol:ETH/USDT","occurred_at":1700000009000}"#,
        #"{"type":"order.expired","order_id":"external","occurred_at":1700000009000}"#,
    ]

    /// The codes with which no event of a log can be rejected, with the reason.
    private static let reasons: [RejectionCode: String] = [
        .diskFull: "it is about the disk when the event came, not about the event",
        .ledgerBehindDatabase: "it is about the database when the event came, not about the event",
        .unknownSubject: "an order is created by any event; see the tests of a family",
        .subjectEnded: "what comes after the end of an order is recorded; see the tests of a family",
    ]

    private static func forgeries(of code: RejectionCode) throws -> [Forgery] {
        switch code {
        case .eventTooLarge:
            [
                Forgery("a body that is longer than a line", .annotated) { body in
                    let padding = String(repeating: "x", count: Limits.eventLineByteCountMax - 8)
                    body.append(.context, text: #"{"a":"\#(padding)"}"#.utf8)
                }
            ]
        case .invalidJSON: [Forgery("a context", .annotated) { $0.append(.context, text: #"{"a":1,"a":2}"#.utf8) }]
        case .unknownField: [Forgery("a price", .annotated) { $0.append(.price, decimal: .one) }]
        case .missingField:
            [
                Forgery("a close without a price", .closed) { _ in },
                Forgery("an order without an amount", .orderSubmitted, of: "new", Self.order),
            ]
        case .invalidField:
            [
                Forgery("a kind", .adjusted) { body in
                    body.append(.kind, text: "tax".utf8)
                    body.append(.cost, decimal: .one)
                },
                Forgery("a kind that only an account has", .adjusted) { body in
                    body.append(.kind, text: "staking".utf8)
                    body.append(.cost, decimal: .one)
                },
                Forgery("two amounts of an order", .orderSubmitted, of: "new") { body in
                    order(&body)
                    body.append(.amount, decimal: .one)
                    body.append(.quoteAmount, decimal: .one)
                },
                Forgery("a transfer to the account itself", .accountTransferred, of: "main") { body in
                    body.append(.amount, decimal: .one)
                    body.append(.currency, text: "USDT".utf8)
                    body.append(.toAccount, text: "main".utf8)
                },
                Forgery("a halt of nothing", .riskHalted, of: "planet:earth") { _ in },
                Forgery("a flag", .orderSubmitted, of: "new") { body in
                    order(&body)
                    body.append(.amount, decimal: .one)
                    body.append(.reduceOnly, text: "yes".utf8)
                },
            ]
        case .numberOutOfRange:
            [try increased("a notional that does not fit", #""amount":"1e29","price":"1e29""#)]
        case .eventIDConflict:
            [
                try increased("a fill", #""amount":"5","price":"10","fill_id":"f2""#),
                try increased("a fill of the open", #""amount":"5","price":"10","fill_id":"f1""#),
                try increased("an event id", #""amount":"5","price":"10","event_id":"\#(firstID)""#),
                // A duplicate for admission is also wrong in a log.
                try Forgery("a fill with the same body", lines[1]),
                try Forgery("an event id with the same body", lines[0]),
            ]
        case .tradeExists:
            try ["open", "closed", "voided"].map { try Forgery("an open of a trade that is \($0)", Forgery.opened($0)) }
        case .unknownTrade: [try Forgery("a remark", Forgery.line("annotated", "none", ""))]
        case .tradeVoided: [try Forgery("a remark", Forgery.line("annotated", "voided", ""))]
        case .tradeClosed: [try Forgery("a second close", Forgery.line("closed", "closed", #""price":"13""#))]
        case .amountNotPositive:
            [
                try increased("nothing", #""amount":"0","price":"1""#),
                try Forgery("an order of nothing", Forgery.order("new", #","amount":"0""#)),
                try Forgery("an order for nothing", Forgery.order("new", #","quote_amount":"-1""#)),
                try Forgery(
                    "a deposit of nothing",
                    #"{"type":"account.deposited","account":"main","occurred_at":1700000009000,"amount":"0","#
                        + #""currency":"USDT"}"#
                ),
            ]
        case .priceNotPositive:
            [
                try increased("for nothing", #""amount":"1","price":"0""#),
                try Forgery("an order at nothing", Forgery.order("new", #","amount":"1","price":"0""#)),
                try Forgery(
                    "a mark of nothing",
                    #"{"type":"price.observed","symbol":"BTC/USDT","occurred_at":1700000009000,"price":"0"}"#
                ),
            ]
        case .subjectExists:
            try ["live", "ended", "external"].map { id in
                try Forgery("another order \(id)", Forgery.order(id, #","amount":"7""#))
            }
        case .halted: [try Forgery("an intent", Forgery.order("new", symbol: "ETH/USDT"))]
        case .timeBeforeOpen: [try Forgery("a remark", Forgery.line("annotated", "open", "", second: 0))]
        case .amountExceedsOpen:
            [try Forgery("a reduction", Forgery.line("reduced", "open", #""amount":"4","price":"1""#))]
        case .dustMismatch:
            [try Forgery("a close", Forgery.line("closed", "open", #""amount":"1","price":"1""#))]
        case .diskFull, .ledgerBehindDatabase, .unknownSubject, .subjectEnded: []
        }
    }

    /// What every order.submitted has before its amount.
    private static func order(_ body: inout BodyWriter) {
        body.append(.symbol, text: "BTC/USDT".utf8)
        body.append(.side, text: "buy".utf8)
        body.append(.orderType, text: "limit".utf8)
    }

    private static func increased(_ name: String, _ fields: String) throws -> Forgery {
        try Forgery(name, Forgery.line("increased", "open", fields))
    }

    @Test(arguments: RejectionCode.allCases)
    func `is found by verify, whichever rule it is`(code: RejectionCode) throws {
        let forgeries = try Self.forgeries(of: code)
        #expect(forgeries.isEmpty == (Self.reasons[code] != nil))
        let original = try Self.ledger()
        for forgery in forgeries {
            let forged = TemporaryDirectory()
            try ForgedLog.write(from: original.path, into: forged.path) { events in
                let time = events[events.count - 1].recordedAt
                events.append(Event(sequence: 0, recordedAt: time, eventID: forgery.eventID, body: forgery.body))
            }
            for isDeep in [false, true] {
                let checks = try LedgerAudit(try LedgerReader(opening: forged.path), isDeep: isDeep).run { _ in }
                let problems = checks.compactMap(\.problem)
                #expect(problems.count == 1, "\(code), \(forgery.name), deep \(isDeep)")
            }
        }
    }

    /// The other half of the rules: admission refuses what an audit finds wrong.
    @Test(arguments: RejectionCode.allCases)
    func `is not admitted`(code: RejectionCode) throws {
        let directory = try Self.ledger()
        let ledger = try Ledger(opening: directory.path)
        let last = try ledger.durableSequence
        for forgery in try Self.forgeries(of: code) {
            do { _ = try EventBody(validating: Array(forgery.body.bytes)) } catch { continue }
            let draft = EventDraft(eventID: forgery.eventID, body: forgery.body)
            do throws(AppendError) {
                let receipt = try ledger.append(draft)
                #expect(receipt.status == .duplicate, "\(code), \(forgery.name)")
            } catch {
                guard case .rejected(let rejection) = error else { throw error }
                #expect(rejection.code == code, "\(forgery.name)")
            }
        }
        #expect(try ledger.durableSequence == last)
        ledger.close()
    }

    /// The ledger would have stored a random id, or recognised a retry.
    @Test(arguments: [false, true])
    func `an id that is stored and derived is found, whichever comes first`(isStoredFirst: Bool) throws {
        let (original, forged) = (try Self.ledger(), TemporaryDirectory())
        try ForgedLog.write(from: original.path, into: forged.path) { events in
            let ids = DerivedEventIDs(of: try LedgerReader(opening: original.path).ledgerID)
            let (first, last) = (events[2], events[6])
            let derived = try #require(isStoredFirst ? ids.id(at: 7, recordedAt: last.recordedAt) : first.eventID)
            let changed = isStoredFirst ? first : last
            events[isStoredFirst ? 2 : 6] = Event(
                sequence: changed.sequence,
                recordedAt: changed.recordedAt,
                eventID: derived,
                body: changed.body
            )
            #expect(events[2].idOrigin == (isStoredFirst ? .stored : .derived))
            #expect(events[6].idOrigin == (isStoredFirst ? .derived : .stored))
        }
        for isDeep in [false, true] {
            let checks = try LedgerAudit(try LedgerReader(opening: forged.path), isDeep: isDeep).run { _ in }
            let problems = checks.compactMap(\.problem)
            #expect(problems.count == 1 && problems[0].contains("event 3 has the id"), "\(problems)")
        }
    }

    @Test func `a time that goes back is found`() throws {
        let (original, forged) = (try Self.ledger(), TemporaryDirectory())
        try ForgedLog.write(from: original.path, into: forged.path) { events in
            let last = events[events.count - 1]
            let time = Timestamp(microsecondsSince1970: last.recordedAt.microsecondsSince1970 - 60_000_000)
            events[events.count - 1] = Event(sequence: 0, recordedAt: time, eventID: last.eventID, body: last.body)
        }
        let checks = try LedgerAudit(try LedgerReader(opening: forged.path)).run { _ in }
        #expect(checks.filter { $0.problem != nil }.map(\.name) == ["clock"])
    }

    @Test func `an event that is sent again because it was skipped breaks no rule`() throws {
        let (original, forged) = (try Self.ledger(), TemporaryDirectory())
        try ForgedLog.write(from: original.path, into: forged.path) { events in
            // The open is given up, so the increase is skipped; both are then sent again.
            let (open, increase) = (events[0], events[1])
            var lost = BodyWriter(type: .lost, occurredAt: open.recordedAt, subject: [])
            lost.append(.reason, text: "disk".utf8)
            lost.append(.actor, text: "maria".utf8)
            let id = EventID(high: 9, low: 9)
            let lostEvent = Event(sequence: 1, recordedAt: open.recordedAt, eventID: id, body: lost.finish())
            let time = events[events.count - 1].recordedAt
            events = [lostEvent] + events[1...5]
            for event in [open, increase] {
                events.append(Event(sequence: 0, recordedAt: time, eventID: event.eventID, body: event.body))
            }
        }
        for isDeep in [false, true] {
            let checks = try LedgerAudit(try LedgerReader(opening: forged.path), isDeep: isDeep).run { _ in }
            #expect(checks.compactMap(\.problem) == [])
            #expect(checks.last?.name == "lost")
        }
    }

    @Test func `a snapshot without a fill is found`() throws {
        let directory = TemporaryDirectory()
        let configuration = LedgerConfiguration(segmentByteCount: 64 << 10)
        try Ledger.create(in: directory.path, configuration: configuration)
        let ledger = try Ledger(opening: directory.path, configuration: configuration)
        var generator = EventGenerator(seed: 6, families: .trade)
        let lines = Self.lines + (0..<1500).map { _ in generator.nextLine() }
        for outcome in ledger.append(lines: lines.map { EventLine(Array($0.utf8)) }) { _ = try outcome.get() }
        ledger.close()
        try directory.deriveFiles(configuration)
        func problems() throws -> [String] {
            try LedgerAudit(try LedgerReader(opening: directory.path)).run { _ in }.filter { $0.problem != nil }
                .map(\.name)
        }
        #expect(try problems() == [])

        let storage = PosixStorage(directory: directory.path)
        let file = try #require(try SnapshotFile.all(storage).first)
        let ledgerID = try LedgerReader(opening: directory.path).ledgerID
        let snapshot = try #require(file.read(storage, try SegmentCatalog(storage), of: ledgerID))
        var subjects = snapshot.subjects
        for slot in 0..<subjects.openTrades.count {
            subjects.openTrades.update(slot) { open in
                if let fill = open.orderedFills.last { open.forgetFill(fill.fingerprint, fill.sequence) }
            }
        }
        let forged = Snapshot(
            end: snapshot.end,
            lastRecordedAt: snapshot.lastRecordedAt,
            subjects: subjects
        )
        try SnapshotFile.write(forged, storage)
        #expect(try problems() == ["snapshots"])
    }

    /// With such a run, the event of that id would be appended again.
    @Test func `a run whose bound of time leaves out one of its ids is found`() throws {
        let directory = TemporaryDirectory()
        let configuration = LedgerConfiguration(segmentByteCount: 64 << 10)
        let ledgerID = try Ledger.create(in: directory.path, configuration: configuration)
        let ledger = try Ledger(opening: directory.path, configuration: configuration)
        var generator = EventGenerator(seed: 6)
        for number in 0..<1000 as Range<UInt64> {
            let time = Timestamp(microsecondsSince1970: 1_700_000_000_000_000 + Int64(number) * 1000)
            let id = EventID.version7(at: time, random: (number, number << 50))
            _ = try ledger.append(EventDraft(eventID: number < 600 ? id : nil, body: generator.next().body))
        }
        ledger.close()
        try directory.deriveFiles(configuration)
        func problems() throws -> [String] {
            try LedgerAudit(try LedgerReader(opening: directory.path)).run { _ in }.compactMap(\.problem)
        }
        #expect(try problems() == [])

        let storage = PosixStorage(directory: directory.path)
        let run = try #require(try RunSet(storage, of: ledgerID).runs.first)
        let header = IndexRunHeader(
            ledgerID: ledgerID,
            sequences: run.sequences,
            entryCount: run.header.entryCount,
            keyCount: run.header.keyCount,
            skippedCount: 0,
            idTimeEnd: run.header.idTimeEnd - 1,
            endChecksum: run.header.endChecksum
        )
        var writer = try IndexRunWriter(storage, header)
        for bucket in 0..<run.bucketCount {
            for entry in try run.entries(ofBucket: bucket) { try writer.append(entry) }
        }
        try writer.finish()
        #expect(try problems().count == 1)
    }

    private static func ledger() throws -> TemporaryDirectory {
        let directory = TemporaryDirectory()
        try Ledger.create(in: directory.path)
        let ledger = try Ledger(opening: directory.path)
        for outcome in ledger.append(lines: lines.map { EventLine(Array($0.utf8)) }) { _ = try outcome.get() }
        ledger.close()
        return directory
    }
}

extension TemporaryDirectory {
    /// Waits until maintenance is done, for which closing a ledger does not wait.
    func deriveFiles(_ configuration: LedgerConfiguration) throws {
        let storage = PosixStorage(directory: path)
        let core = try LedgerCore(opening: storage, configuration, .system)
        let durable = core.durableSequence
        var maintenance = try Maintenance(for: core, sealedBlockByteCount: nil) { false }
        while try maintenance.step(durableSequence: durable) {}
    }
}
