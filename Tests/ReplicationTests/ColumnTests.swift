import PostgresTestSupport
import Projections
import Replication
import Testing
import TradeModel

/// The declared columns against PostgreSQL's catalog.
@Suite(.needsServer) struct `The columns of a table` {
    @Test(arguments: TestServer.all)
    func `match the declarations in the code, with their types`(server: TestServer) throws {
        try ReplicatedLedger.migrating(server) { ledger in
            let expected = TradeRow.storedColumns.map { [$0.name, $0.type.rawValue, $0.isNullable ? "f" : "t"] }
            let found = try columns(of: "ledger.trades", ledger)
            #expect(found == sorted(expected))
            for (table, declared) in Dictionary(grouping: ProjectionList.bookColumns, by: \.table) {
                let expected = declared.map { [$0.name, $0.type.rawValue, $0.isNullable ? "f" : "t"] }
                let found = try columns(of: table, ledger)
                #expect(found == sorted(expected + [["ledger_id", "uuid", "t"]]), "\(table)")
            }
        }
    }

    @Test(arguments: TestServer.all)
    func `of events match the fields`(server: TestServer) throws {
        try ReplicatedLedger.migrating(server) { ledger in
            let own = [
                "details", "event_id", "format", "ledger_id", "occurred_at", "recorded_at", "sequence", "subject",
                "type",
            ]
            let fields = Field.all.filter(\.hasColumn).map { field in [field.name, type(of: field), "f"] }
            let found = try columns(of: "ledger.trade_events", ledger)
            #expect(found.filter { !own.contains($0[0] ?? "") } == sorted(fields))
            #expect(found.count == own.count + fields.count)
        }
    }

    private func columns(of table: String, _ ledger: ReplicatedLedger) throws -> [[String?]] {
        let rows = try ledger.rows(
            """
            SELECT attname, format_type(atttypid, atttypmod), attnotnull
            FROM pg_attribute WHERE attrelid = '\(table)'::regclass AND attnum > 0 AND NOT attisdropped
            """
        )
        return sorted(rows)
    }

    private func sorted(_ rows: [[String?]]) -> [[String?]] { rows.sorted { ($0[0] ?? "") < ($1[0] ?? "") } }

    private func type(of field: Field) -> String {
        switch field.form {
        case .text: "text"
        case .decimal: "numeric"
        case .uuid: "uuid"
        case .json: "json"
        }
    }
}
