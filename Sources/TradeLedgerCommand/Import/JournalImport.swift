internal import Ledger
internal import Projections
internal import Records
internal import TradeModel

/// One run of `import journal`: reads the files, compares them with the ledger, and appends what is missing.
struct JournalImport: ~Copyable {
    /// Everything that the directory gives.
    private var table: JournalTable
    private let directory: JournalDirectory
    private let settings: Settings
    /// Readable once a signal has arrived.
    private let stop: Int32
    private var printer: RecordPrinter
    /// The trades of the index by the names of their files; nil if there is no index.
    private var index: [ByteText: ByteText]?
    private var fileCount = 0
    private var listedCounts: [JournalStatus: Int] = [:]
    private var unchangedCount = 0
    private var appendedCounts: [EventType: Int] = [:]

    /// An event that is to be appended.
    private struct Planned {
        let time: Timestamp
        let entry: Int
        let type: EventType
        let fee: Decimal
    }

    /// So many events, or bytes of events, are submitted at a time.
    private static let groupCountMax = 1000
    private static let groupByteCountMax = 1 << 20

    /// An import of a directory into an empty table.
    init(_ directory: consuming JournalDirectory, _ table: consuming JournalTable, stop: Int32, _ settings: Settings) {
        self.directory = directory
        self.table = table
        (self.stop, self.settings) = (stop, settings)
        printer = RecordPrinter(settings)
    }

    /// Whether something of the journal was not imported for a fault in it.
    private var hasFaults: Bool { listedCounts.keys.contains(where: \.isFault) }

    /// Reads the files, appends what the ledger does not have, and prints what became of them; without a ledger that is
    /// open for writing it prints what it would append.
    ///
    /// Returns the exit status.
    mutating func run(appendingTo ledger: Ledger?, _ reader: LedgerReader) throws -> ExitStatus {
        guard try read() else { return try stopped(reader) }
        let planned = try plan(reader)
        guard let ledger else {
            try printPlan(planned)
            return try finish(.planned, reader)
        }
        return try append(planned, to: ledger) ? try finish(.complete, reader) : try stopped(reader)
    }

    private mutating func stopped(_ reader: LedgerReader) throws -> ExitStatus {
        settings.log.say(.warning, "a signal has stopped the import before its end: run it again to go on")
        return try finish(.stopped, reader)
    }

    /// Reads every file once; false if a signal has ended the reading.
    private mutating func read() throws -> Bool {
        let names = try directory.names()
        try readIndex(names)
        var progress = ProgressBar("import journal: reading", total: UInt64(names.count), isQuiet: settings.isQuiet)
        defer { progress.finish() }
        for (number, name) in names.enumerated() where name.text != JournalDirectory.indexName {
            if InputFile.isReadable(stop) { return false }
            progress.update(UInt64(number))
            fileCount += 1
            switch record(name) {
            case .success(let record): try add(record, name)
            case .failure(let fault): try list(fault, name, trade: index?[name])
            }
        }
        try table.flush()
        return true
    }

    private func record(_ name: ByteText) -> Result<JournalRecord, JournalFault> {
        do throws(JournalFault) {
            guard JournalDirectory.isRecordName(name) || index?[name] != nil else {
                throw JournalFault(.unknown, "its name is not \(JournalDirectory.recordNamePattern)")
            }
            return .success(try JournalRecord(parsing: try directory.bytes(of: name)))
        } catch { return .failure(error) }
    }

    /// Reads the index, and lists its entries without a file.
    private mutating func readIndex(_ names: [ByteText]) throws {
        let entries: [JournalDirectory.IndexEntry]
        switch directory.index() {
        case .success(let found): entries = found
        case .failure(let fault): return try list(fault, ByteText(JournalDirectory.indexName))
        }
        let present = Set(names)
        var trades: [ByteText: ByteText] = [:]
        for entry in entries {
            if !present.contains(entry.file) {
                let fault = JournalFault(.missing, "the index names it, and it is not there")
                try list(fault, entry.file, trade: entry.trade)
            } else if let other = trades[entry.file] {
                let fault = JournalFault(.conflict, "the index names it for the trade \(other.text) as well")
                try list(fault, entry.file, trade: entry.trade)
            } else {
                trades[entry.file] = entry.trade
            }
        }
        index = trades
    }

    /// Adds a record, unless a better one of its trade was added before.
    private mutating func add(_ record: JournalRecord, _ name: ByteText) throws {
        if let index, index[name] != record.tradeID {
            let trade = index[name].map { "has the file for the trade \($0.text)" } ?? "has no entry for the file"
            try list(JournalFault(.unlisted, "the index \(trade)"), name, trade: record.tradeID)
        }
        guard let other = table.index(of: record.tradeID).map({ table.entries[$0].file }) else {
            return try table.add(record, file: name)
        }
        // The names are in the order of their times.
        let isOtherChosen = index?[other] == record.tradeID && index?[name] != record.tradeID
        let (chosen, left) = isOtherChosen ? (other, name) : (name, other)
        let fault = JournalFault(.conflict, "\(chosen.text) is of the same trade, and is imported")
        try list(fault, left, trade: record.tradeID)
        if !isOtherChosen { try table.add(record, file: name) }
    }

    private mutating func list(_ fault: JournalFault, _ file: ByteText, trade: ByteText? = nil) throws {
        listedCounts[fault.status, default: 0] += 1
        try print(fault.status.rawValue, fault.message, file, trade: trade)
    }

    private mutating func print(_ status: String, _ message: String, _ file: ByteText, trade: ByteText?) throws {
        try printer.print(
            .journal("file", file.text, status: .text(status), trade: Cell(trade?.text), message: .text(message))
        )
    }
}

/// What is appended.
extension JournalImport {
    /// The events that the ledger does not have, in the order of their times.
    private mutating func plan(_ reader: LedgerReader) throws -> [Planned] {
        try table.match(reader, upTo: try reader.durableSequence())
        var planned: [Planned] = []
        for number in table.entries.indices { planned += try plan(number) }
        let entries = table.entries
        return planned.sorted { left, right in
            if left.time != right.time { return left.time < right.time }
            if left.entry != right.entry { return entries[left.entry].tradeID < entries[right.entry].tradeID }
            return left.type == .opened
        }
    }

    /// The events that an entry still needs; lists an entry with which something is wrong.
    private mutating func plan(_ number: Int) throws -> [Planned] {
        let entry = table.entries[number]
        switch entry.step {
        case .nothing: unchangedCount += 1
        case .list(let fault): try list(fault, entry.file, trade: entry.tradeID)
        case .order:
            try list(entry.unpriced, entry.file, trade: entry.tradeID)
            return [Planned(time: entry.openedAt, entry: number, type: .orderSubmitted, fee: .zero)]
        case .open:
            guard case .closed(let time) = entry.state else {
                return [Planned(time: entry.openedAt, entry: number, type: .opened, fee: entry.fees)]
            }
            // What the open cost was not logged apart.
            return [
                Planned(time: entry.openedAt, entry: number, type: .opened, fee: .zero),
                Planned(time: time, entry: number, type: .closed, fee: entry.fees),
            ]
        case .close(let fee, let fault):
            if let fault { try list(fault, entry.file, trade: entry.tradeID) }
            guard case .closed(let time) = entry.state else { preconditionFailure("only a closed record closes") }
            return [Planned(time: time, entry: number, type: .closed, fee: fee)]
        }
        return []
    }

    private mutating func printPlan(_ planned: [Planned]) throws {
        for event in planned {
            appendedCounts[event.type, default: 0] += 1
            let entry = table.entries[event.entry]
            try print("new", "\(event.type.name) at \(event.time)", entry.file, trade: entry.tradeID)
        }
    }

    /// Appends the events; false if a signal has stopped the appending.
    private mutating func append(_ planned: [Planned], to ledger: Ledger) throws -> Bool {
        var progress = ProgressBar("import journal: appending", total: UInt64(planned.count), isQuiet: settings.isQuiet)
        defer { progress.finish() }
        var submitted: Group?
        var start = 0
        while start < planned.count, !InputFile.isReadable(stop) {
            // The next group is read and decoded while the one before is written.
            let next = try submit(planned[start...], to: ledger)
            start += next.events.count
            if let before = submitted.take() { try settle(before) }
            submitted = consume next
            progress.update(UInt64(start))
        }
        if let last = submitted.take() { try settle(last) }
        return start == planned.count
    }

    /// Events that were submitted together.
    private struct Group: ~Copyable {
        let events: ArraySlice<Planned>
        let pending: PendingAppend
    }

    private func submit(_ rest: ArraySlice<Planned>, to ledger: Ledger) throws -> Group {
        var lines: [EventLine] = []
        var byteCount = 0
        for event in rest {
            guard lines.count < Self.groupCountMax, byteCount < Self.groupByteCountMax else { break }
            let line = try line(event, in: ledger.ledgerID)
            lines.append(line)
            byteCount += line.byteCount
        }
        return Group(events: rest.prefix(lines.count), pending: ledger.submit(lines: lines))
    }

    private func line(_ planned: Planned, in ledgerID: EventID) throws -> EventLine {
        let entry = table.entries[planned.entry]
        let event = planned.type == .closed ? try table.closeEvent(of: entry) : try table.firstEvent(of: entry)
        let isOrdered = planned.type == .opened && entry.onRecord.hasOrder
        return event.line(
            JournalEvent.Rest(
                eventID: entry.hash.eventID(planned.type, in: ledgerID),
                hash: entry.hash,
                file: entry.file.text,
                orderID: isOrdered ? entry.tradeID : nil,
                fee: planned.fee
            )
        )
    }

    /// Waits until the events are durable, and lists what was rejected.
    private mutating func settle(_ group: consuming Group) throws {
        let events = group.events
        for (event, outcome) in zip(events, group.pending.outcomes()) {
            switch outcome {
            case .success: appendedCounts[event.type, default: 0] += 1
            case .failure(.failed(let error)): throw try failure(ExitStatus(error), error.description)
            case .failure(.rejected(let rejection)):
                // The same would be said about every event after this one.
                if rejection.code == .diskFull || rejection.code == .ledgerBehindDatabase {
                    throw try failure(.inputOutput, rejection.message)
                }
                let fault = JournalFault(.rejected, "\(rejection.code.rawValue): \(rejection.message)")
                let entry = table.entries[event.entry]
                try list(fault, entry.file, trade: entry.tradeID)
            }
        }
    }

    /// Why the import cannot go on, after everything that was listed.
    private mutating func failure(_ status: ExitStatus, _ problem: String) throws -> Failure {
        try printer.finish()
        return Failure(status, "the import has stopped: \(problem); what was appended is durable, so run it again")
    }
}

/// What is printed at the end.
extension JournalImport {
    /// How a run has ended.
    enum Ending {
        /// Nothing was to be appended.
        case planned
        /// A signal came before the end.
        case stopped
        /// Everything was appended.
        case complete
    }

    /// Prints the counts, and of a complete import how journal and ledger compare.
    ///
    /// Returns the exit status.
    mutating func finish(_ ending: Ending, _ reader: LedgerReader) throws -> ExitStatus {
        var counts = [("files", fileCount), ("records", table.entries.count), ("unchanged", unchangedCount)]
        for (name, type) in [("opened", EventType.opened), ("closed", .closed), ("ordered", .orderSubmitted)] {
            counts.append((name, appendedCounts[type, default: 0]))
        }
        for status in JournalStatus.allCases { counts.append((status.rawValue, listedCounts[status, default: 0])) }
        var status = hasFaults && ending != .stopped ? ExitStatus.dataRejected : .done
        if ending == .complete {
            let differingCount = try reconcile(reader)
            counts.append(("differing", differingCount))
            if differingCount > 0 { status = .difference }
        }
        for (name, count) in counts { try printer.print(.journal("count", name, count: Cell(count))) }
        try printer.print(.journal("ending", "import", status: .text("\(ending)")))
        try printer.finish()
        return status
    }

    /// Prints each trade that differs, then what both sides have in total; returns how many trades differ.
    private mutating func reconcile(_ reader: LedgerReader) throws -> Int {
        let result = try JournalReconciliation(table, reader)
        for difference in result.differences {
            let (journal, ledger) = (difference.journal, difference.ledger)
            try printer.print(
                .journal(
                    "trade",
                    difference.file.text,
                    status: .text("differs"),
                    trade: .text(difference.trade.text),
                    (Cell(journal), Cell(ledger), Cell(ledger.less(journal))),
                    message: .text(difference.message)
                )
            )
        }
        for (name, journal, ledger) in [
            ("all", result.journalCount, result.ledgerCount),
            ("open", result.journalOpenCount, result.ledgerOpenCount),
        ] {
            try printer.print(.journal("trades", name, (Cell(journal), Cell(ledger), Cell(ledger - journal))))
        }
        for quote in result.totals.keys.sorted() {
            for (kind, totals) in [("pnl", result.totals[quote]), ("stated_pnl", result.statedTotals[quote])] {
                guard let totals else { continue }
                let (journal, ledger) = (totals.journal.value, totals.ledger.value)
                let values = (Cell(journal), Cell(ledger), Cell(ledger?.less(journal)))
                try printer.print(.journal(kind, quote.text, count: Cell(totals.tradeCount), values))
            }
        }
        return result.differences.count
    }
}

extension Record {
    /// A line of the output of `import journal`.
    fileprivate static func journal(
        _ kind: String,
        _ name: String,
        status: Cell = .null,
        trade: Cell = .null,
        count: Cell = .null,
        _ values: (journal: Cell, ledger: Cell, difference: Cell) = (.null, .null, .null),
        message: Cell = .null
    ) -> Record {
        [
            ("kind", .text(kind)), ("name", .text(name)), ("status", status), ("trade_id", trade), ("count", count),
            ("journal", values.journal), ("ledger", values.ledger), ("difference", values.difference),
            ("message", message),
        ]
    }
}
