internal import Ledger
internal import Postgres
internal import TradeModel

/// What a database and a log say about each other's history.
///
/// Shipping, `rebuild`, `status`, `verify` and `--repair` decide by it. Which claims of the database count is theirs to
/// say: a replicator stops at any claim, and the others believe only those that the database has proved
/// (`HistoryProof`), because anyone who may insert a row can make one.
enum Divergence: Equatable {
    /// The database does not know the ledger.
    case unknown
    /// The database has every event of the log.
    case inStep
    /// The database has the first events of the log, and so many are missing after them.
    case behind(UInt64)
    /// The database has events after the end of the log.
    case ahead(lastSequence: UInt64)
    /// Each has events that the other one does not have.
    case fork(Fork)

    /// Where two histories part.
    struct Fork: Equatable {
        /// The last sequence at which both are known to have the same root.
        let lastCommonSequence: UInt64
        /// The first sequence at which the database is known to differ.
        let firstForeignSequence: UInt64
    }

    /// Decides from the position of a database, nil where it does not know the ledger, and the end of a log.
    ///
    /// `lastClaim` is the last event of which the database has any claim that counts. `fork` is asked for claims that
    /// contradict the log, unless the database is ahead.
    init(
        position: UInt64?,
        lastClaim: UInt64? = nil,
        durable: UInt64,
        fork: () throws -> Fork?
    ) rethrows {
        let last = max(position ?? 0, lastClaim ?? 0)
        if last > durable {
            self = .ahead(lastSequence: last)
        } else if let fork = try fork() {
            self = .fork(fork)
        } else if let position {
            self = position == durable ? .inStep : .behind(durable - position)
        } else {
            self = .unknown
        }
    }

    /// Whether the log can complete and mend the database, because no history would be lost by that.
    var isMendable: Bool {
        switch self {
        case .unknown, .inStep, .behind: true
        case .ahead, .fork: false
        }
    }
}

/// What a replicator says before it has looked for a proof; it stops then and changes nothing.
extension ReplicationError {
    static func ahead(_ ledgerID: EventID, database: UInt64, log: UInt64) -> ReplicationError {
        .diverged(
            "the database holds \(database) events of ledger \(ledgerID), the log has \(log)",
            remedy: "the log's disk was lost or rolled back: append nothing, and restore the log from a backup"
        )
    }

    static func fork(
        _ ledgerID: EventID,
        at sequence: UInt64,
        database: MerkleHash,
        log: MerkleHash
    ) -> ReplicationError {
        .diverged(
            "database and log of ledger \(ledgerID) differ in the first \(sequence) events (a fork): Merkle roots "
                + "\(database) and \(log)",
            remedy: "nothing is shipped; see `tradeledger verify`: `tradeledger replicate --repair` mends the database "
                + "unless it holds another history"
        )
    }

    /// The events in the database are not those of its position.
    static func altered(_ ledgerID: EventID, _ finding: String) -> ReplicationError {
        .diverged(
            "the database was changed by another program: \(finding) (ledger \(ledgerID))",
            remedy: "nothing is shipped; see `tradeledger verify`, then run `tradeledger replicate --repair`"
        )
    }

    /// The database has events that no batch can have written.
    static func altered(_ ledgerID: EventID, position: UInt64, eventsUpTo last: Int64) -> ReplicationError {
        altered(ledgerID, "it holds events after its position, which is \(position): up to \(last)")
    }
}

/// Determines whether a database that claims to hold other events than the log really holds a history of the ledger.
///
/// A claim is a position, or a checkpoint, that the log does not have: after its end, or with another root. It is
/// proven where the log's own events up to a place and the database's rows after that, put into one Merkle tree, have
/// the root that is claimed: then the database was once filled from a log that continued from there. Anyone who may
/// insert a row can make a claim; only a database that has the events can prove it.
struct HistoryProof {
    /// The last claim that is proven, as its sequence; nil where none is.
    let provenSequence: UInt64?
    /// Why no later claim is proven, in words; nil where there is none.
    let refutation: String?

    /// Rows that are read at a time.
    private static let pageRowCount: UInt64 = 5_000

    /// Reads the rows after a place of the log, as far as they follow each other without a hole.
    init(
        _ connection: inout Connection,
        _ log: LogReader<PosixStorage>,
        after place: UInt64,
        _ claims: [CheckpointRow]
    ) throws {
        var claims = claims.filter { $0.sequence > place }.sorted { $0.sequence < $1.sequence }[...]
        guard let last = claims.last?.sequence else {
            (provenSequence, refutation) = (nil, nil)
            return
        }
        var tree = try LogTree(log.storage, log.ledgerID, upTo: place)
        try tree.advance(to: place)
        var proven: UInt64?
        // A row that cannot be next ends the search; a root that is not that of the rows refutes its claim alone.
        var (fault, mismatch): (String?, String?) = (nil, nil)
        reading: while fault == nil, tree.sequence < last {
            let pageEnd = min(last, tree.sequence + Self.pageRowCount)
            let page = try EventTable.events(&connection, log.ledgerID, tree.sequence + 1...pageEnd)
            fault = page.fault
            for event in page.events {
                tree.append(event)
                while let claim = claims.first, claim.sequence <= tree.sequence {
                    claims = claims.dropFirst()
                    if try claim.sequence == tree.sequence && claim.root == tree.root(at: tree.sequence) {
                        proven = claim.sequence
                    } else {
                        mismatch = mismatch ?? "the root that is claimed at \(claim.sequence) is not that of its events"
                    }
                }
            }
            if page.events.isEmpty { break reading }
        }
        provenSequence = proven
        refutation = proven == last ? nil : fault ?? mismatch
    }
}
