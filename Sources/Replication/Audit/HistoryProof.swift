internal import Ledger
internal import Postgres
internal import TradeModel

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
            let page = try EventRows.events(&connection, log.ledgerID, tree.sequence + 1...pageEnd)
            fault = page.fault
            for event in page.events {
                tree.append(event)
                while let claim = claims.first, claim.sequence <= tree.sequence {
                    claims = claims.dropFirst()
                    if try claim.sequence == tree.sequence && claim.hasRoot(tree.root(at: tree.sequence)) {
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
