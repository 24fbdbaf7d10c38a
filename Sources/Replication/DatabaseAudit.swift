package import Ledger
internal import Postgres
internal import Projections
package import Replay
internal import TradeModel

/// Checks that a database holds exactly the events of a log, and that every projection row is what they fold to.
///
/// Everything is read in one snapshot, so a replicator may go on meanwhile; the comparison goes as far as the
/// snapshot's own position.
package struct DatabaseAudit {
    private let log: LogReader<PosixStorage>
    private let address: DatabaseAddress

    /// Differences that are told one by one; the rest is counted.
    private static let toldCountMax = 10

    /// An audit of the ledger against the database.
    package init(_ reader: LedgerReader, _ address: DatabaseAddress) {
        log = reader.log
        self.address = address
    }

    /// Runs all checks; `onEvent` is told each sequence, for progress.
    package func run(onEvent: (UInt64) -> Void) throws(ReplicationError) -> [AuditCheck] {
        var connection = try address.connect("tradeledger verify")
        let endpoint = connection.endpoint
        do {
            try SchemaVersion.read(&connection).checkCurrent()
            return try connection.withTransaction(isolation: .repeatableRead) { connection in
                guard let row = try ReplicationRow.read(&connection, log.ledgerID, .reading) else {
                    return [
                        AuditCheck(
                            name: "database",
                            extent: "0 events",
                            problem:
                                "the database has never heard of ledger \(log.ledgerID); run `tradeledger replicate`"
                        )
                    ]
                }
                return try compare(&connection, row, onEvent)
            }
        } catch {
            throw ReplicationError(error, endpoint: endpoint)
        }
    }

    private func compare(
        _ connection: inout Connection,
        _ row: ReplicationRow,
        _ onEvent: (UInt64) -> Void
    ) throws -> [AuditCheck] {
        let durable = try log.durableSequence()
        guard row.lastSequence <= durable else {
            return [
                AuditCheck(
                    name: "database",
                    extent: counted(row.lastSequence, "event"),
                    problem: "the database is ahead of the log, which has \(durable) events"
                )
            ]
        }
        let checkpoints = try Self.checkpoints(&connection, log.ledgerID)
        // Every batch leaves one, so there is one where the last batch ended.
        let isLastThere = row.lastSequence == 0 || checkpoints.contains { $0.sequence == row.lastSequence }
        var state = LogState(
            log.storage,
            TradeRowSource(ledgerID: log.ledgerID, ledgerNumber: row.ledgerNumber),
            checkpoints: checkpoints
        )
        let events = try compareEvents(&connection, &state, upTo: row.lastSequence, onEvent)
        let isBehind = row.lastSequence < durable
        let isRootRight = try state.root == row.root
        return [
            AuditCheck(
                name: "database events",
                extent: counted(row.lastSequence, "event")
                    + (isBehind ? ", \(durable - row.lastSequence) still to ship" : ""),
                problem: events.summary
            ),
            AuditCheck(
                name: "database roots",
                extent: counted(state.checkpointCount, "checkpoint"),
                problem: state.rootProblem
                    ?? (isRootRight ? nil : "the root at \(row.lastSequence) is not that of the log")
                    ?? (isLastThere ? nil : "the checkpoint at \(row.lastSequence) is missing")
            ),
            try compareTrades(&connection, &state),
        ]
    }

    private func compareEvents(
        _ connection: inout Connection,
        _ state: inout LogState,
        upTo last: UInt64,
        _ onEvent: (UInt64) -> Void
    ) throws -> Differences {
        var differences = Differences()
        let query = """
            SELECT \(EventTable.columnList) FROM \(EventTable.name)
            WHERE ledger_id = '\(log.ledgerID)' ORDER BY sequence, recorded_at
            """
        try connection.copyOut(query) { rows in
            var actual = try rows.next()
            while let event = try state.next(upTo: last) {
                while let row = actual, try Self.sequence(row) < Int64(event.sequence) {
                    differences.add("sequence \(try Self.sequence(row)) is there twice or does not belong")
                    actual = try rows.next()
                }
                if let row = actual, try Self.sequence(row) == Int64(event.sequence) {
                    let expected = try CopyRow(columnCount: EventTable.columns.count) { (row) throws(PostgresError) in
                        EventTable.write(event, log.ledgerID, &row)
                    }
                    if let column = Self.firstDifference(expected, row, EventTable.columns) {
                        differences.add("event \(event.sequence) differs in \(column)")
                    }
                    actual = try rows.next()
                } else {
                    differences.add("event \(event.sequence) is missing")
                }
                onEvent(event.sequence)
            }
            while let row = actual {
                differences.add("event \(try Self.sequence(row)) does not belong: the position is \(last)")
                actual = try rows.next()
            }
        }
        return differences
    }

    private func compareTrades(_ connection: inout Connection, _ state: inout LogState) throws -> AuditCheck {
        var missing = state.rows
        var differences = Differences()
        let query = "SELECT \(TradeTable.columnList) FROM \(TradeTable.name) WHERE ledger_id = '\(log.ledgerID)'"
        try connection.copyOut(query) { rows in
            while let actual = try rows.next() {
                let id = actual.bytes(TradeTable.tradeIDColumn).map(Array.init) ?? []
                guard let digest = missing.removeValue(forKey: id),
                    let expected = try expected(digest, actual, id, &state)
                else {
                    differences.add("trade \(String(decoding: id, as: UTF8.self)) does not belong")
                    continue
                }
                if let column = Self.firstDifference(expected, actual, TradeTable.columns) {
                    differences.add("trade \(String(decoding: id, as: UTF8.self)) differs in \(column)")
                }
            }
        }
        for id in missing.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            differences.add("trade \(String(decoding: id, as: UTF8.self)) is missing")
        }
        return AuditCheck(
            name: "database trades",
            extent: counted(state.rows.count, "trade"),
            problem: differences.summary
        )
    }

    /// The row as it should be: the one at hand where its digest is right, else made again from the log.
    private func expected(
        _ digest: RowDigest,
        _ actual: CopyRow,
        _ id: [UInt8],
        _ state: inout LogState
    ) throws -> CopyRow? {
        RowDigest(actual) == digest ? actual : try state.row(ofTrade: id)
    }

    private static func checkpoints(
        _ connection: inout Connection,
        _ ledgerID: EventID
    ) throws -> [(sequence: UInt64, root: MerkleHash)] {
        let query = "SELECT sequence, root FROM ledger.checkpoints WHERE ledger_id = '\(ledgerID)' ORDER BY sequence"
        return try connection.copyOut(query) { rows in
            var checkpoints: [(sequence: UInt64, root: MerkleHash)] = []
            while let row = try rows.next() {
                guard let sequence = try row.int64(0), let root = row.bytes(1).flatMap({ MerkleHash($0) }) else {
                    continue
                }
                checkpoints.append((UInt64(sequence), root))
            }
            return checkpoints
        }
    }

    private static func sequence(_ row: CopyRow) throws(PostgresError) -> Int64 { try row.int64(1) ?? 0 }

    private static func firstDifference(_ expected: CopyRow, _ actual: CopyRow, _ columns: [String]) -> String? {
        columns.indices.first { expected.bytes($0) != actual.bytes($0) }.map { columns[$0] }
    }

    /// What differs: the first few by name, the others by number.
    private struct Differences {
        private var told: [String] = []
        private var count = 0

        mutating func add(_ difference: String) {
            count += 1
            if told.count < DatabaseAudit.toldCountMax { told.append(difference) }
        }

        var summary: String? {
            guard count > 0 else { return nil }
            return counted(count, "difference") + ": " + told.joined(separator: "; ")
                + (count > told.count ? "; …" : "")
        }
    }
}
