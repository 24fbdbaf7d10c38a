internal import Ledger
internal import Postgres
internal import Replay
internal import TradeModel

/// Compares the rows of `ledger.trade_events` with the events of the log, both in the order of their sequences.
///
/// Memory grows with what differs, not with what is compared.
struct EventComparison {
    private let ledgerID: EventID
    private let aheadRange: ClosedRange<UInt64>?
    private var altered: [ColumnSet: SequenceRanges] = [:]
    /// Sequences without a row.
    private var missing = SequenceRanges()
    /// Rows that do not belong: after the position, or with a sequence that no event has.
    private var added = SequenceRanges()
    /// Rows after the end of the log that a root in the database proves to continue it.
    private var ahead = SequenceRanges()
    /// Rows without a sequence, which sort after all others.
    private var unnumberedCount = 0
    /// Sequences that have more than one row.
    private var doubled = SequenceRanges()
    /// The first thing that differs, in words.
    private(set) var first: String?
    /// The row that comes next, read ahead.
    private var row: CopyRow?

    /// Begins with the first row of those that `EventTable.query` selects.
    ///
    /// `aheadRange` is what the database has proved to hold after the end of the log.
    init(_ ledgerID: EventID, aheadRange: ClosedRange<UInt64>?, _ rows: inout CopyOut) throws(PostgresError) {
        self.ledgerID = ledgerID
        self.aheadRange = aheadRange
        row = try rows.next()
    }

    /// Compares the rows up to those of the next event of the log.
    mutating func compare(_ event: Event, _ rows: inout CopyOut) throws(PostgresError) {
        let sequence = Int64(event.sequence)
        while let row, let other = try Self.sequence(row), other < sequence {
            try addForeign(&rows)
        }
        let expected = try CopyRow(columnCount: EventTable.columns.count) { (row) throws(PostgresError) in
            EventTable.write(event, ledgerID, &row)
        }
        var candidate: CopyRow?
        var count = 0
        while let row, try Self.sequence(row) == sequence {
            // If there are several rows, the one with the event's time is the right one.
            let isOwn = row.bytes(EventTable.recordedAtColumn) == expected.bytes(EventTable.recordedAtColumn)
            if candidate == nil || isOwn { candidate = row }
            count += 1
            self.row = try rows.next()
        }
        guard let candidate else {
            missing.append(sequence)
            return note("event \(sequence) is missing")
        }
        let columns = ColumnSet(expected: expected, actual: candidate)
        if !columns.isEmpty {
            altered[columns, default: SequenceRanges()].append(sequence)
            note("event \(sequence) differs in \(columns.names(EventTable.columns).joined(separator: ", "))")
        }
        if count > 1 {
            doubled.append(sequence)
            note("event \(sequence) is there \(count) times")
        }
    }

    /// Reads the rows after the last event that was compared.
    mutating func finish(_ rows: inout CopyOut) throws(PostgresError) {
        while row != nil { try addForeign(&rows) }
    }

    /// What differs.
    var differences: [AuditDifference] {
        let altered = altered.sorted { ($0.value.first ?? 0, $0.key.bits) < ($1.value.first ?? 0, $1.key.bits) }
        return altered.map { columns, sequences in
            AuditDifference(.altered, columns: columns.names(EventTable.columns), sequences)
        }
            + [
                AuditDifference(.missing, missing), AuditDifference(.doubled, doubled), AuditDifference(.added, added),
                AuditDifference(.added, groups: unnumberedCount > 0 ? ["without a sequence"] : []),
                AuditDifference(.ahead, ahead),
            ].filter { $0.count > 0 }
    }

    /// The sequences that have rows which are not the log's.
    var foreign: SequenceRanges { altered.values.reduce(doubled.union(added)) { $0.union($1) } }

    /// The sequences whose rows have to go, or to come, where the log is right.
    var affected: SequenceRanges { foreign.union(missing) }

    /// Whether there are rows after a sequence that contradict the log.
    ///
    /// Extra rows beside those of the log, or after its end, are not enough: anyone with the right to insert can plant
    /// them.
    func hasForeignRows(after sequence: UInt64) -> Bool {
        altered.values.contains { $0.last.map { $0 > Int64(sequence) } == true }
    }

    /// The first sequence whose row contradicts the log.
    var firstAltered: UInt64? { altered.values.compactMap(\.first).min().map { UInt64(clamping: $0) } }

    private mutating func addForeign(_ rows: inout CopyOut) throws(PostgresError) {
        guard let row else { preconditionFailure("a row was read ahead") }
        self.row = try rows.next()
        guard let sequence = try Self.sequence(row) else {
            unnumberedCount += 1
            return note("a row has no sequence")
        }
        if let aheadRange, sequence > 0, aheadRange.contains(UInt64(sequence)) {
            ahead.append(sequence)
            note("event \(sequence) is not in the log")
        } else {
            added.append(sequence)
            note("event \(sequence) does not belong")
        }
    }

    private mutating func note(_ difference: String) {
        first = first ?? difference
    }

    private static func sequence(_ row: CopyRow) throws(PostgresError) -> Int64? { try row.int64(1) }
}
