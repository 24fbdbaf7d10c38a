package import Ledger
internal import Postgres
package import Replay
internal import TradeModel

/// Checks that a database holds exactly the events of a log, and that every projection row is what they fold to.
///
/// Everything is read in one snapshot, so a replicator may continue meanwhile; the comparison ends at the position in
/// that snapshot.
package struct DatabaseAudit {
    /// What folds the events for the comparison with the projections.
    package enum Depth: Sendable {
        /// The program, from the log.
        case standard
        /// SQL too, from the events in the database.
        case deep
    }

    private let log: LogReader<PosixStorage>
    private let address: DatabaseAddress

    package init(_ reader: LedgerReader, _ address: DatabaseAddress) {
        log = reader.log
        self.address = address
    }

    /// Runs all checks; `onEvent` receives each sequence, for progress.
    package func run(
        _ depth: Depth = .standard,
        onEvent: (UInt64) -> Void
    ) throws(ReplicationError) -> [AuditCheck] {
        try address.withSession("tradeledger verify") { connection in
            let schema = try SchemaCheck.run(&connection)
            guard schema.areTablesThere else { return [schema.check] }
            let comparisons: [AuditCheck] = try connection.withTransaction(isolation: .repeatableRead) { connection in
                let comparison = try DatabaseComparison.make(&connection, log, .reading, onEvent: onEvent)
                // Rows that differ from the log are already reported, and SQL may not be able to fold them.
                guard depth == .deep, comparison.divergence != .unknown, comparison.events.differences.isEmpty else {
                    return checks(comparison)
                }
                let (ledgerID, limit) = (log.ledgerID, comparison.limit)
                let folds = [
                    ("fold", "trade", try SQLFoldComparison.run(&connection, ledgerID, upTo: limit)),
                    (
                        "fold of balances", "balance",
                        try SQLBooksComparison.balances(&connection, ledgerID, upTo: limit)
                    ),
                    ("fold of orders", "order", try SQLBooksComparison.orders(&connection, ledgerID, upTo: limit)),
                    ("fold of models", "model", try SQLBooksComparison.models(&connection, ledgerID, upTo: limit)),
                ]
                return checks(comparison)
                    + folds.map { name, row, rows in
                        let extent = rows.obstacle.map { "not compared: \($0)" } ?? counted(rows.count, row) + " in SQL"
                        return check("database \(name)", extent, first: rows.first, rows.differences)
                    }
            }
            return [schema.check] + comparisons
        }
    }

    private func checks(_ comparison: borrowing DatabaseComparison) -> [AuditCheck] {
        guard comparison.divergence != .unknown else {
            let problem = "the database does not know ledger \(log.ledgerID); run `tradeledger replicate`"
            return [AuditCheck(name: "database", extent: "0 events", problem: problem)]
        }
        let (limit, durable) = (comparison.limit, comparison.durableSequence)
        return [
            AuditCheck(
                name: "database history",
                extent: counted(limit, "event"),
                problem: historyProblem(comparison)
            ),
            check(
                "database events",
                counted(limit, "event") + (limit < durable ? ", \(durable - limit) still to ship" : ""),
                first: comparison.events.first,
                comparison.events.differences
            ),
            check(
                "database roots",
                counted(comparison.checkpoints.count, "checkpoint"),
                first: comparison.checkpoints.first,
                comparison.checkpoints.differences
            ),
            AuditCheck(
                name: "database position",
                extent: "event \(comparison.position?.lastSequence ?? 0)",
                problem: positionProblem(comparison)
            ),
        ]
            + comparison.projections.map { projection, rows in
                let extent = rows.obstacle.map { "not compared: \($0)" } ?? counted(rows.count, projection.rowName)
                let name = "database \(projection.rowsName)"
                return check(name, extent, first: rows.first, rows.differences, remedy: Self.rebuild)
            } + [
                check(
                    "database ledgers",
                    "rows of ledgers that it knows",
                    first: comparison.unknownLedgers.map { "rows of an unknown ledger: \($0.groups[0])" },
                    comparison.unknownLedgers.map { [$0] } ?? [],
                    remedy: Self.repair
                )
            ]
    }

    /// What mends rows that are folded from the events.
    private static let rebuild = "run `tradeledger rebuild`"
    /// What mends everything, as the owner.
    private static let repair = "run `tradeledger replicate --repair`"

    private func check(
        _ name: String,
        _ extent: String,
        first: String?,
        _ differences: [AuditDifference],
        remedy: String? = nil
    ) -> AuditCheck {
        let count = differences.reduce(0) { $0 + $1.count }
        let problem = first.map { first in
            let all = "\(count) differences: " + differences.map(\.told).joined(separator: "; ")
            return [first, count == 1 ? nil : all, remedy].compactMap { $0 }.joined(separator: "; ")
        }
        return AuditCheck(name: name, extent: extent, problem: problem, differences: differences)
    }

    private func historyProblem(_ comparison: borrowing DatabaseComparison) -> String? {
        switch comparison.divergence {
        case .unknown, .inStep, .behind: nil
        case .ahead(let last):
            "the database is ahead of the log: it holds events up to \(last), the log \(comparison.durableSequence)"
        case .fork(let fork):
            "a fork: database and log have the same root at \(fork.lastCommonSequence) and other roots from "
                + "\(fork.firstForeignSequence) on"
        }
    }

    private func positionProblem(_ comparison: borrowing DatabaseComparison) -> String? {
        guard comparison.position != nil else {
            return "the row of ledger.replication is missing; it should be at \(comparison.limit)"
        }
        if let count = comparison.position?.rowCount, count > 1 {
            return "ledger.replication has \(count) rows of the ledger; \(Self.repair)"
        }
        let columns = comparison.positionColumns
        guard !columns.isEmpty else { return nil }
        let isClaim = comparison.position?.lastSequence.map { $0 > comparison.durableSequence } == true
        let claim = isClaim ? comparison.refutation : nil
        return "the row of ledger.replication differs in " + columns.joined(separator: ", ")
            + (claim.map { "; it claims events that the log does not have and cannot prove them: \($0)" } ?? "")
            + (columns == ["projection_version"] ? "; " + Self.rebuild : "")
    }
}
