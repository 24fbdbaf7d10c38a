internal import Glibc
internal import Ledger
internal import Postgres
internal import TradeModel

/// How much of a ledger a database holds, and under which number.
struct ReplicaPosition: Equatable {
    let ledgerNumber: Int64
    let lastSequence: UInt64
    let root: MerkleHash
}

/// A ledger's row of `ledger.replication`; nil for a value that no batch can have written.
///
/// It advances in the transaction that stores the events, so it is the authority on what the database holds.
struct ReplicationRow {
    let ledgerNumber: Int64?
    let lastSequence: UInt64?
    let root: MerkleHash?
    /// When the ledger took the last event; nil before any as well.
    let lastRecordedAt: Timestamp?
    /// When the last batch was stored, by the server's clock, as RFC 3339.
    let replicatedAt: String
    let projectionVersion: Int64?
    /// The replicator that stored the last batch; nil if not recorded.
    let replicator: ReplicatorIdentity?
    /// More than one only if the table's key was dropped.
    let rowCount: Int
    /// Why no batch can have written it.
    private let fault: PostgresError?

    /// Whether a read locks the row.
    enum Access {
        case reading
        /// Others wait until this transaction ends.
        case locking
    }

    /// What it says, if a batch can have written that.
    ///
    /// Throws `foreignValue`, naming the first column that is wrong.
    var position: ReplicaPosition {
        get throws(PostgresError) {
            if let fault { throw fault }
            guard let ledgerNumber, let lastSequence, let root else { preconditionFailure("what is nil is a fault") }
            return ReplicaPosition(ledgerNumber: ledgerNumber, lastSequence: lastSequence, root: root)
        }
    }

    /// What it says of the ledger's history, in the form of a checkpoint.
    var claim: CheckpointRow? {
        guard let lastSequence, let root else { return nil }
        return CheckpointRow(sequence: lastSequence, firstSequence: 0, root: root)
    }

    /// The row of the ledger; nil before its first batch.
    ///
    /// Throws if the row has to be locked and the login may not write this ledger.
    static func read(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        _ access: Access
    ) throws(PostgresError) -> ReplicationRow? {
        let result = try connection.query(
            """
            SELECT
                ledger_number, last_sequence, root,
                CASE WHEN last_recorded_at >= '1970-01-01 00:00:00+00' AND last_recorded_at < '10000-01-01 00:00:00+00'
                    THEN (extract(epoch FROM last_recorded_at) * 1000000)::bigint END,
                to_char(replicated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), projection_version,
                replicated_by_host, replicated_from_directory, replicated_by_version
            FROM ledger.replication WHERE ledger_id = $1
            """ + (access == .locking ? " FOR UPDATE" : ""),
            of: ledgerID
        )
        guard result.rowCount > 0 else {
            if access == .locking { try checkWritable(&connection, ledgerID) }
            return nil
        }
        return try ReplicationRow(result, ledgerID)
    }

    /// Reads the first of at least one row.
    private init(_ result: borrowing QueryResult, _ ledgerID: EventID) throws(PostgresError) {
        let number = try result.int64(row: 0, column: 0)
        ledgerNumber = number.flatMap { LedgerNumber.range.contains($0) ? $0 : nil }
        lastSequence = result.sequence(row: 0, column: 1)
        root = result.root(row: 0, column: 2)
        lastRecordedAt = try result.int64(row: 0, column: 3).map(Timestamp.init(microsecondsSince1970:))
        replicatedAt = result.text(row: 0, column: 4) ?? ""
        projectionVersion = try result.int64(row: 0, column: 5)
        if let host = result.text(row: 0, column: 6), let directory = result.text(row: 0, column: 7),
            let version = result.text(row: 0, column: 8)
        {
            replicator = ReplicatorIdentity(host: host, directory: directory, version: version)
        } else {
            replicator = nil
        }
        rowCount = result.rowCount
        let table = "ledger.replication"
        let isMissing = [ledgerNumber == nil, lastSequence == nil, root == nil]
        if let column = isMissing.firstIndex(of: true) {
            let name = ["ledger_number", "last_sequence", "root"][column]
            fault = StoredValue(table: table, column: name, row: "ledger \(ledgerID)")
                .foreign(result.shown(row: 0, column: column))
        } else if rowCount > 1 {
            fault = PostgresError(kind: .foreignValue, message: "\(table) has \(rowCount) rows of ledger \(ledgerID)")
        } else {
            fault = nil
        }
    }

    /// Throws where the login is bound to other ledgers.
    ///
    /// Row security lets such a login read the row, and hides it where the login would lock it.
    private static func checkWritable(_ connection: inout Connection, _ ledgerID: EventID) throws(PostgresError) {
        let result = try connection.query(
            """
            SELECT session_user WHERE row_security_active('ledger.replication')
                AND EXISTS (SELECT FROM ledger.writer_limits)
                AND NOT EXISTS (SELECT FROM ledger.writer_limits WHERE ledger_id = $1)
            """,
            of: ledgerID
        )
        guard result.rowCount > 0, let login = result.text(row: 0, column: 0) else { return }
        throw PostgresError(
            kind: .server,
            sqlState: "42501",
            message: "login \(login) may not write ledger \(ledgerID): ledger.writer_ledgers names others for it"
        )
    }

    /// The ledgers that have a row, in the order in which they came.
    static func ledgerIDs(_ connection: inout Connection) throws(PostgresError) -> [EventID] {
        let rows = try connection.query("SELECT ledger_id FROM ledger.replication ORDER BY ledger_number")
        return (0..<rows.rowCount).compactMap { rows.text(row: $0, column: 0).flatMap(EventID.init) }
    }
}

/// The version of this program, as `--version` prints it and the database notes it.
package enum ProgramVersion {
    /// By Semantic Versioning.
    package static let current = "0.1.0"
}

/// Identifies a replicator: recorded in the database with each batch, so that both sides of a fork can be named.
struct ReplicatorIdentity {
    let host: String
    /// The ledger's directory on that machine.
    let directory: String
    let version: String

    var place: String { "\(directory) on \(host)" }
}

extension ReplicatorIdentity {
    /// This machine and program, for a log in `directory`.
    init(_ directory: String) {
        var system = utsname()
        let result = unsafe uname(&system)
        precondition(result == 0, "the system tells its name")
        host = unsafe withUnsafeBytes(of: system.nodename) { name in
            unsafe String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
        }
        self.directory = absolutePath(directory)
        version = ProgramVersion.current
    }
}
