internal import Ledger
internal import Replication

/// The database section of `status`.
struct DatabaseStatus {
    let record: Record
    let warnings: [String]

    init(_ address: DatabaseAddress, _ ledger: LedgerStatus) throws {
        do throws(ReplicationError) {
            let position = try DatabasePosition.read(address, ledger.ledgerID)
            let replicated = position.replicatedSequence ?? 0
            let lag: Record
            do throws(LedgerError) { lag = try ledger.lag(at: replicated) } catch { throw .ledger(error) }
            let divergence = try DivergenceReport(ledger.reader, address).problem()
            record =
                [("reachable", .bool(true)), ("replicated_sequence", Cell(replicated))] + lag + [
                    ("timescaledb", .bool(position.timescaleDBVersion != nil)),
                    ("timescaledb_version", Cell(position.timescaleDBVersion)),
                ]
            warnings =
                (position.timescaleDBVersion == nil ? ["the database has no TimescaleDB; plain tables are used"] : [])
                + position.shortfalls + (divergence.map { [$0] } ?? [])
        } catch {
            record = [
                ("reachable", .bool(false)), ("replicated_sequence", .null), ("lag_events", .null),
                ("lag_seconds", .null),
                ("timescaledb", .null), ("timescaledb_version", .null),
            ]
            warnings = [error.description]
        }
    }
}
