internal import LedgerTestSupport
internal import TradeModel

/// Rewrites a log, with correct checksums, so that one event breaks a rule, and runs the audit.
struct ForgeriesAttack {
    private let forgery: Forgery
    /// Decides the place of the forged event among the others.
    private let position: UInt64
    private let lines: [String]

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        forgery = Forgery.all[Int(random.next(below: UInt64(Forgery.all.count)))]
        position = random.next()
        var generator = EventGenerator(seed: seed)
        lines = (0..<(10 + random.next(below: 60))).map { _ in generator.nextLine() }
    }

    func run() throws -> Int {
        let ledger = try AttackedLedger()
        // The forged event comes after its own history; other events come between and after.
        let history = forgery.history + lines
        try ledger.succeed(["append", "--quiet"], input: Lines.input(history))
        let forged = AttackedLedger(at: ledger.directory.path + "/forged", within: ledger.directory)
        let made = try ledger.shell(#"mkdir -m 700 "$D/forged""#)
        guard made.ending == .exit(0) else { throw BrokenPromise("no directory: \(made.stderr)") }
        let index = forgery.history.count + Int(position % UInt64(lines.count + 1))
        try ForgedLog.write(from: ledger.path, into: forged.path) { events in
            let forged = try forgery.forged(after: events[max(0, index - 1)])
            events.insert(contentsOf: forged, at: index)
        }
        try check(forged)
        return 1
    }

    private func check(_ forged: AttackedLedger) throws {
        for arguments in [["verify", "--local"], ["verify", "--local", "--deep"]] {
            let audit = try forged.run(arguments)
            try promise(
                audit.ending == .exit(1) || audit.ending == .exit(74),
                "\(AttackedLedger.text(arguments)) ends with \(audit.ending) for \(forgery.name): \(forgery.lines)"
            )
        }
        for arguments in [["events"], ["trades"], ["trade", "forged"], ["status"], ["replay"], ["repair"]] {
            try forged.run(arguments)
        }
        try forged.run(["append"], input: Lines.input(["{}"]))
    }
}

/// Events that no writer accepts, with the rule that they break.
struct Forgery {
    let name: String
    /// The events before the forged one, which break no rule.
    let history: [String]
    let lines: [String]
    var recordedAtShift: Int64 = 0

    private static let opened = line(
        "opened",
        #""symbol":"A/B","side":"buy","order_type":"market","amount":2,"price":5"#
    )
    private static let openedWithFill = line(
        "opened",
        #""symbol":"A/B","side":"buy","order_type":"market","amount":2,"price":5,"fill_id":"f""#
    )
    private static let closed = line("closed", #""price":6"#)
    private static let voided = line("voided", #""reason":"test""#)
    private static let id = #""event_id":"00000000-0000-4000-8000-00000000000a""#

    /// One for each rule that an event with a readable body can break.
    static let all: [Forgery] = [
        Forgery(name: "trade_exists", history: [opened], lines: [opened.replacing(":5", with: ":7")]),
        Forgery(name: "an open twice", history: [opened], lines: [opened]),
        Forgery(name: "unknown_trade", history: [], lines: [line("increased", #""amount":1,"price":5"#)]),
        Forgery(name: "trade_voided", history: [opened, voided], lines: [line("annotated", #""reason":"x""#)]),
        Forgery(name: "trade_closed", history: [opened, closed], lines: [line("increased", #""amount":1,"price":5"#)]),
        Forgery(name: "a close twice", history: [opened, closed], lines: [closed]),
        Forgery(name: "amount_not_positive", history: [opened], lines: [line("increased", #""amount":0,"price":5"#)]),
        Forgery(name: "a negative amount", history: [opened], lines: [line("reduced", #""amount":-1,"price":5"#)]),
        Forgery(name: "price_not_positive", history: [opened], lines: [line("increased", #""amount":1,"price":0"#)]),
        Forgery(
            name: "time_before_open",
            history: [opened],
            lines: [line("annotated", #""reason":"x""#, milliseconds: 1_500_000_000_000)]
        ),
        Forgery(name: "amount_exceeds_open", history: [opened], lines: [line("reduced", #""amount":3,"price":5"#)]),
        Forgery(
            name: "dust_mismatch",
            history: [opened],
            lines: [line("closed", #""amount":1,"price":5,"dust":0.5"#)]
        ),
        Forgery(
            name: "a fill twice",
            history: [openedWithFill],
            lines: [line("increased", #""amount":1,"price":5,"fill_id":"f""#)]
        ),
        Forgery(
            name: "a fill twice, equal",
            history: [opened, line("increased", #""amount":1,"price":5,"fill_id":"g""#)],
            lines: [line("increased", #""amount":1,"price":5,"fill_id":"g""#)]
        ),
        Forgery(
            name: "number_out_of_range",
            history: [opened],
            lines: [line("increased", #""amount":99999999999999999999999999999999999999,"price":99999999999999999999"#)]
        ),
        Forgery(
            name: "event_id_conflict",
            history: [opened, line("annotated", #""reason":"one","# + id)],
            lines: [line("annotated", #""reason":"two","# + id)]
        ),
        Forgery(
            name: "an event twice",
            history: [opened, line("annotated", #""reason":"one","# + id)],
            lines: [line("annotated", #""reason":"one","# + id)]
        ),
        Forgery(name: "subject_exists", history: [order(amount: 1)], lines: [order(amount: 2)]),
        Forgery(name: "an order twice", history: [order(amount: 1)], lines: [order(amount: 1)]),
        Forgery(
            name: "an order that was begun by another event",
            history: [other(#""type":"order.accepted","order_id":"forged""#)],
            lines: [order(amount: 1)]
        ),
        // No generated order is of this strategy.
        Forgery(
            name: "halted",
            history: [other(#""type":"risk.halted","scope":"strategy:forged","reason":"test""#)],
            lines: [order(amount: 1)]
        ),
        Forgery(name: "amount_not_positive of an order", history: [], lines: [order(amount: 0)]),
        Forgery(
            name: "amount_not_positive of an account",
            history: [],
            lines: [other(#""type":"account.withdrawn","account":"a","amount":-1,"currency":"C""#)]
        ),
        Forgery(
            name: "price_not_positive of a price",
            history: [],
            lines: [other(#""type":"price.observed","symbol":"A/B","price":0"#)]
        ),
        Forgery(
            name: "a recorded_at that goes back",
            history: [opened],
            lines: [line("annotated", #""reason":"x""#)],
            recordedAtShift: -1_000_000
        ),
        Forgery(
            name: "a recorded_at after the year 9999",
            history: [opened],
            lines: [line("annotated", #""reason":"x""#)],
            recordedAtShift: 300_000_000_000_000_000
        ),
    ]

    private static func line(_ type: String, _ rest: String, milliseconds: Int64 = 1_800_000_000_000) -> String {
        #"{"type":"trade.\#(type)","trade_id":"forged","occurred_at":\#(milliseconds),\#(rest)}"#
    }

    private static func order(amount: Int) -> String {
        other(
            #""type":"order.submitted","order_id":"forged","symbol":"A/B","side":"buy","order_type":"market","#
                + #""strategy":"forged","amount":\#(amount)"#
        )
    }

    /// An event of another family than trades.
    private static func other(_ members: String) -> String { "{\"occurred_at\":1800000000000,\(members)}" }

    /// The events as records of a log; they get their sequences later.
    func forged(after last: Event) throws -> [Event] {
        try lines.enumerated().map { index, line in
            let draft = try EventJSON.decode(line: Array(line.utf8))
            let recordedAt = last.recordedAt.microsecondsSince1970 + recordedAtShift
            return Event(
                sequence: last.sequence + 1,
                recordedAt: Timestamp(microsecondsSince1970: recordedAt),
                eventID: draft.eventID ?? EventID.version7(at: last.recordedAt, random: (0, UInt64(index + 1))),
                body: draft.body
            )
        }
    }
}
