internal import Ledger
internal import Postgres
internal import Replay
internal import TradeModel

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
