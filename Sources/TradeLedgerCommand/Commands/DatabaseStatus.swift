internal import Ledger
internal import Replication
internal import TradeModel

/// What `status` shows of the database, beside the log.
struct DatabaseStatus {
    let record: Record
    let warnings: [String]

    init(_ address: DatabaseAddress, _ ledger: LedgerStatus) throws {
        do throws(ReplicationError) {
            let position = try DatabasePosition.read(address, ledger.ledgerID)
            let replicated = position.replicatedSequence ?? 0
            let lagEvents = Int64(ledger.lastSequence) - Int64(replicated)
            let lagSeconds = try Self.lagSeconds(ledger, replicated)
            let parting = try PartingReport(ledger.reader, address).problem()
            record = [
                ("reachable", .bool(true)), ("replicated_sequence", Cell(replicated)),
                ("lag_events", .integer(lagEvents)),
                ("lag_seconds", .json(Array(lagSeconds.description.utf8))),
                ("timescaledb", .bool(position.timescaleDBVersion != nil)),
                ("timescaledb_version", Cell(position.timescaleDBVersion)),
            ]
            warnings =
                (position.timescaleDBVersion == nil ? ["the database has no TimescaleDB; plain tables are used"] : [])
                + (parting.map { [$0] } ?? [])
        } catch {
            record = [
                ("reachable", .bool(false)), ("replicated_sequence", .null), ("lag_events", .null),
                ("lag_seconds", .null),
                ("timescaledb", .null), ("timescaledb_version", .null),
            ]
            warnings = [error.description]
        }
    }

    /// How long the first event that is not in the database has been waiting, in seconds.
    private static func lagSeconds(_ ledger: LedgerStatus, _ replicated: UInt64) throws(ReplicationError) -> Decimal {
        guard replicated < ledger.lastSequence else { return .zero }
        do {
            guard let waiting = try ledger.recordedAt(replicated + 1) else { return .zero }
            let microseconds = LedgerClock.system.now().microsecondsSince1970 - waiting.microsecondsSince1970
            return try Decimal(coefficient: Int128(max(0, microseconds)), scale: 6)
        } catch let error as LedgerError {
            throw .ledger(error)
        } catch {
            preconditionFailure("seconds fit a decimal: \(error)")
        }
    }
}
