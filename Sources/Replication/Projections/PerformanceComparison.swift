internal import Postgres
internal import Replay
internal import TradeModel

/// Compares the rows of `ledger.performance` with the sums over the ledger's rows of `ledger.trades`.
///
/// Those are compared with the log by `TradeComparison`; the sums over them are the database's to make.
struct PerformanceComparison {
    private let count: Int
    private let differences: [AuditDifference]

    /// Compares the rows of a ledger.
    init(_ connection: inout Connection, _ ledgerID: EventID) throws(PostgresError) {
        let expected = PerformanceProjection.expectedRows(of: ledgerID)
        let result = try connection.query("SELECT count(*) FROM (\(expected)) AS expected")
        count = Int(try result.int64(row: 0, column: 0) ?? 0)
        let rows = try connection.query(Self.query(expected, ledgerID))
        var groups: [AuditDifference.Kind: [String]] = [:]
        for row in 0..<rows.rowCount {
            guard let kind = rows.text(row: row, column: 0).flatMap(AuditDifference.Kind.init(rawValue:)),
                let group = rows.text(row: row, column: 1)
            else { continue }
            groups[kind, default: []].append(group)
        }
        differences = [.altered, .missing, .added].compactMap { kind in
            groups[kind].map { AuditDifference(kind, groups: $0) }
        }
    }

    /// The count, what differs, and the first difference in words.
    var outcome: RowComparison { RowComparison(count: count, differences: differences, first: first) }

    private var first: String? {
        guard let difference = differences.first else { return nil }
        let group = "the total of \(difference.groups[0])"
        return switch difference.kind {
        case .altered: "\(group) differs"
        case .missing: "\(group) is missing"
        case .added, .doubled, .ahead: "\(group) does not belong"
        }
    }

    /// Rows are compared by their text, in which 1.0 is not 1.00, and with their number: a row that is there twice is
    /// one too many.
    private static func query(_ expected: String, _ ledgerID: EventID) -> String {
        let keys = "grouped_by, quote, day, symbol, strategy, tag, market_regime"
        let kept =
            "SELECT \(PerformanceProjection.columnList) FROM \(PerformanceProjection.table) "
            + "WHERE ledger_id = '\(ledgerID)'"
        return """
            WITH expected AS (\(expected)), kept AS (\(kept))
            SELECT
                CASE WHEN bool_and(is_kept) THEN 'added' WHEN bool_or(is_kept) THEN 'altered' ELSE 'missing' END,
                concat_ws(
                    ' ', grouped_by, coalesce(day::text, symbol, strategy, tag, market_regime, '-'), quote
                ) AS name
            FROM (
                SELECT false AS is_kept, * FROM (
                    SELECT \(keys), expected::text FROM expected EXCEPT ALL SELECT \(keys), kept::text FROM kept
                ) AS missing
                UNION ALL
                SELECT true, * FROM (
                    SELECT \(keys), kept::text FROM kept EXCEPT ALL SELECT \(keys), expected::text FROM expected
                ) AS added
            ) AS different
            GROUP BY \(keys)
            ORDER BY name
            """
    }
}
