internal import Ledger
internal import Postgres
internal import TradeModel

/// How far a database claims to be replicated, and up to where it is compared with the log.
///
/// Normally the position says how far a database is replicated. If the position was tampered with, a later checkpoint
/// that has the log's root proves more.
struct ComparedExtent: Equatable {
    /// The sequence up to which log and database are compared; the position should be there.
    let limit: UInt64
    /// What the database has proved to hold after the end of the log; nil where that is nothing.
    let aheadRange: ClosedRange<UInt64>?

    /// Decides from what the database says.
    ///
    /// `position` is nil where its row is missing, or says what cannot be. `proven` is the last sequence after the end
    /// of the log of which the database has proved that it has the events up to there. `isVouched` tells whether the
    /// log has a checkpoint's root.
    init(
        position: UInt64?,
        checkpoints: [CheckpointRow],
        durable: UInt64,
        proven: UInt64?,
        isVouched: (CheckpointRow) throws -> Bool
    ) rethrows {
        if let proven {
            limit = durable
            aheadRange = durable + 1...proven
            return
        }
        aheadRange = nil
        let believed = position.map { $0 <= durable ? $0 : 0 } ?? 0
        let proof = try checkpoints.last {
            $0.sequence > believed && $0.sequence <= durable ? try isVouched($0) : false
        }
        limit = proof?.sequence ?? believed
    }
}
