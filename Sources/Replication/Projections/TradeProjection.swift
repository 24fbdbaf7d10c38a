internal import Ledger
internal import Postgres
internal import Replay
internal import TradeModel

/// `ledger.trades`: a row for each trade, as its events leave it.
///
/// Most trades of a catch-up open within the batch: their rows go straight into the table. Only trades that were there
/// before take the way over a temporary table, because COPY cannot update.
enum TradeProjection: Projection {
    static let rowsName = "trades"
    static let rowName = "trade"
    static let table = TradeTable.name
    static let isFoldedFromEvents = true

    /// Rows that are about to replace others.
    static let stagedTable = "pg_temp.staged_trades"

    static func prepare(_ connection: inout Connection) throws(PostgresError) {
        try connection.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS staged_trades (LIKE \(TradeTable.name)) ON COMMIT DELETE ROWS"
        )
    }

    static func stage(_ batch: EventBatch, _ connection: inout Connection) throws {
        try copy(batch.openedTrades, into: TradeTable.name, &connection)
        try copy(batch.changedTrades, into: stagedTable, &connection)
    }

    static func merge(_ batch: EventBatch, _ connection: inout Connection) throws {
        guard !batch.changedTrades.isEmpty else { return }
        try connection.execute(upsert)
    }

    static func compare(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        _ state: Prefetcher<LogState>
    ) throws -> RowComparison {
        try TradeComparison(&connection, ledgerID, state).outcome
    }

    static func replaceRows(_ connection: inout Connection, _ ledgerID: EventID) throws(PostgresError) -> RowChanges {
        try connection.execute("ANALYZE pg_temp.folded_trades; \(deleteOlderStates)")
        let doubledCount = try DoubledRows.delete(&connection, from: TradeTable.name, ledgerID, by: "kept.trade_id")
        let deleted = try connection.query(deleteDifferent, [.text(ledgerID.description)])
        let inserted = try connection.query(insertMissing)
        let total = try connection.query("SELECT count(*) FROM pg_temp.folded_trades")
        return RowChanges(
            deletedCount: doubledCount + deleted.affectedRowCount,
            insertedCount: inserted.affectedRowCount,
            equalCount: Int(try total.int64(row: 0, column: 0) ?? 0) - inserted.affectedRowCount
        )
    }

    private static func copy(_ trades: BinaryRows, into table: String, _ connection: inout Connection) throws {
        guard !trades.isEmpty else { return }
        _ = try connection.copyIn("COPY \(table) (\(TradeTable.columnList)) FROM STDIN (FORMAT binary)") { copy in
            try copy.write(trades)
        }
    }

    private static let upsert: String = {
        let updates = TradeTable.columns.filter { !TradeTable.keyColumns.contains($0) }.map { "\($0) = excluded.\($0)" }
        return """
            INSERT INTO \(TradeTable.name) (\(TradeTable.columnList))
            SELECT \(TradeTable.columnList) FROM \(stagedTable)
            ON CONFLICT (\(TradeTable.keyColumns.joined(separator: ", "))) DO UPDATE
            SET \(updates.joined(separator: ", "))
            """
    }()

    private static let deleteOlderStates = """
        DELETE FROM pg_temp.folded_trades AS older USING pg_temp.folded_trades AS newer
        WHERE older.trade_id = newer.trade_id AND older.last_sequence < newer.last_sequence
        """

    /// Rows are compared by their bytes (`*=`): `json` has no equality, and 1.0 is equal to 1.
    private static let deleteDifferent = """
        DELETE FROM \(TradeTable.name) AS kept
        WHERE kept.ledger_id = $1 AND NOT EXISTS (
            SELECT FROM pg_temp.folded_trades AS folded
            WHERE folded.trade_id = kept.trade_id AND folded *= kept
        )
        """

    private static let insertMissing = """
        INSERT INTO \(TradeTable.name) (\(TradeTable.columnList))
        SELECT \(TradeTable.columnList) FROM pg_temp.folded_trades AS folded
        WHERE NOT EXISTS (
            SELECT FROM \(TradeTable.name) AS kept
            WHERE kept.ledger_id = folded.ledger_id AND kept.trade_id = folded.trade_id
        )
        """
}

/// Compares the rows of `ledger.trades` with what the events of the log fold to.
struct TradeComparison {
    private var altered: [ColumnSet: [String]] = [:]
    private var missing: [String] = []
    private var added: [String] = []
    /// How many trades there should be.
    private let count: Int

    /// Compares the rows of a ledger with the state of its log.
    init(_ connection: inout Connection, _ ledgerID: EventID, _ state: Prefetcher<LogState>) throws {
        var digests = try state.withSource { try $0.digests() }
        count = digests.count
        let query = """
            SELECT \(TradeTable.columnList) FROM \(TradeTable.name) WHERE ledger_id = '\(ledgerID)'
            """
        try connection.copyOut(query) { rows in
            while let actual = try rows.next() {
                let id = actual.bytes(TradeTable.tradeIDColumn).map(Array.init) ?? []
                guard let digest = digests.removeValue(forKey: id) else {
                    added.append(Self.text(id))
                    continue
                }
                guard RowDigest(actual) != digest, let expected = try state.withSource({ try $0.row(ofTrade: id) })
                else { continue }
                altered[ColumnSet(expected: expected, actual: actual), default: []].append(Self.text(id))
            }
        }
        missing = digests.keys.map(Self.text)
    }

    private var differences: [AuditDifference] {
        let altered = altered.map { columns, ids in
            AuditDifference(.altered, columns: columns.names(TradeTable.columns), tradeIDs: ids.sorted())
        }
        return altered.sorted { $0.tradeIDs[0] < $1.tradeIDs[0] }
            + [
                AuditDifference(.missing, tradeIDs: missing.sorted()),
                AuditDifference(.added, tradeIDs: added.sorted()),
            ].filter { $0.count > 0 }
    }

    /// The count, what differs, and the first difference in words.
    var outcome: RowComparison { RowComparison(count: count, differences: differences, first: first) }

    private var first: String? {
        guard let difference = differences.first else { return nil }
        let id = difference.tradeIDs[0]
        return switch difference.kind {
        case .altered: "trade \(id) differs in \(difference.columns.joined(separator: ", "))"
        case .missing: "trade \(id) is missing"
        case .added, .doubled, .ahead: "trade \(id) does not belong"
        }
    }

    private static func text(_ id: [UInt8]) -> String { String(decoding: id, as: UTF8.self) }
}

/// Folds a log anew into a temporary table, within the transaction that is under way.
///
/// Memory holds the open trades, and 16 bytes an event.
struct TradeFoldCopy {
    private let log: LogReader<PosixStorage>
    private let form: LedgerRows
    private let limit: UInt64

    /// The fold of the first `limit` events, all of them durable.
    init(_ log: LogReader<PosixStorage>, ledgerNumber: Int64, upTo limit: UInt64) {
        self.log = log
        form = LedgerRows(ledgerID: log.ledgerID, ledgerNumber: ledgerNumber)
        self.limit = limit
    }

    /// Copies the row of each trade as soon as it is not open, again after each later event, and of those that stay
    /// open at the end.
    ///
    /// Returns the log's root after the last event.
    func run(_ connection: inout Connection, onProgress: (UInt64) throws -> Void) throws -> MerkleHash {
        try connection.execute("CREATE TEMPORARY TABLE folded_trades (LIKE \(TradeTable.name)) ON COMMIT DROP")
        let folding = Prefetcher(FoldedRows(log.storage, form))
        defer { if folding.isUnderWay { folding.forget() } }
        let statement = "COPY pg_temp.folded_trades (\(TradeTable.columnList)) FROM STDIN (FORMAT binary)"
        _ = try connection.copyIn(statement) { copy in
            folding.begin(limit)
            while let chunk = try folding.take() {
                folding.begin(limit)
                try copy.write(chunk.rows)
                try onProgress(chunk.lastSequence)
            }
            try copy.write(folding.withSource { try $0.openRows() })
        }
        return try folding.withSource { folded throws(LedgerError) in try folded.root }
    }
}
