internal import Glibc
internal import TradeModel

/// The time from the acknowledgement of an event until a query of the database finds it.
///
/// The limit stores ready-made rows, one per transaction, and notifies: from the start of the transaction until the
/// other session finds the row.
enum Trickle {
    static let questions = Question.ofEachKind(
        "trickle",
        "50 events a second: from the acknowledgement until `trade_history` shows it",
        CommitTimes.metrics,
        .limit,
        contenders
    )

    private static let eventsPerSecond = 50.0
    private static let table = "copied_events"

    private static func contenders(_ setting: Setting, _ kind: DatabaseKind) throws -> [Contender] {
        let trades = ManyTrades(setting.count(full: 160, quick: 40), .scaled)
        var drafts: [EventDraft] = []
        try trades.visit(batchesOf: trades.eventCount) { drafts += $0 }
        let events = drafts
        let source = try FilledDatabase(trades, on: kind, setting)
        let rows = try (1...trades.eventCount).map { sequence in
            let query = "SELECT * FROM ledger.trade_events WHERE sequence = \(sequence)"
            return try CopiedRows(of: query, source.database.connection()).transactions[0]
        }

        let limit = Contender.limit { _ in
            try source.withEmptyDatabase { try stored(rows, of: source.ledger, in: $0) }
        }
        let replicated = Contender.ledger { directory in
            try source.withEmptyDatabase { database in
                let ledgerDirectory = try Scratch(at: directory).directory("ledger")
                try ChildProgram.run([setting.programPath, "init", "--quiet", "--ledger", ledgerDirectory])
                let replicator = try database.replicator(of: ledgerDirectory)
                let append = try AppendProgram(setting.programPath, ledgerDirectory: ledgerDirectory)
                let times = Result { try shown(events, appendedBy: append, in: database) }
                try append.stop()
                try replicator.stop()
                return CommitTimes.percentiles(try times.get())
            }
        }
        return [limit, replicated]
    }

    private static func stored(
        _ rows: [[UInt8]],
        of ledger: PreparedLedger,
        in database: TradeDatabase
    ) throws -> [Double] {
        try database.makeEventTable(table)
        let (writer, reader) = (try database.connection(), try database.connection())
        try reader.execute("LISTEN trade_events")
        let query = "SELECT * FROM \(table) WHERE ledger_id = '\(ledger.ledgerID)' AND sequence = $1"
        try reader.prepare("seen", query)
        let times = try steadily(rows.enumerated()) { index, row in
            let watch = Stopwatch()
            try writer.execute("BEGIN")
            try writer.copyIn("COPY \(table) FROM STDIN (FORMAT binary)", row)
            try writer.execute("NOTIFY trade_events")
            try writer.execute("COMMIT")
            while try reader.rowCount(ofPrepared: "seen", ["\(index + 1)"]) == 0 { try reader.waitForNotification() }
            return watch.milliseconds
        }
        return CommitTimes.percentiles(times)
    }

    private static func shown(
        _ drafts: [EventDraft],
        appendedBy append: AppendProgram,
        in database: TradeDatabase
    ) throws -> [Double] {
        let reader = try database.connection()
        try reader.execute("LISTEN trade_events")
        try reader.prepare("seen", "SELECT * FROM trade_history WHERE trade_id = $1 AND last_sequence = $2")
        return try steadily(drafts.enumerated()) { index, draft in
            try append.append(draft)
            let watch = Stopwatch()
            let parameters = [String(decoding: draft.body.subjectBytes, as: UTF8.self), "\(index + 1)"]
            while try reader.rowCount(ofPrepared: "seen", parameters) == 0 { try reader.waitForNotification() }
            return watch.milliseconds
        }
    }

    /// Runs `body` for each at an even pace, never for two at once.
    private static func steadily<Item>(
        _ items: some Sequence<Item>,
        _ body: (Item) throws -> Double
    ) rethrows -> [Double] {
        let watch = Stopwatch()
        return try items.enumerated().map { index, item in
            let early = Double(index) / eventsPerSecond - watch.seconds
            if early > 0 { usleep(UInt32(early * 1_000_000)) }
            return try body(item)
        }
    }
}
