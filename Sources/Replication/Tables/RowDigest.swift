internal import Postgres
internal import TradeModel

/// The first 128 bits of the SHA-256 over a row of `ledger.trades`: enough to identify a row, and small enough to keep
/// for every trade of a long history.
struct RowDigest: Equatable {
    private let high: UInt64
    private let low: UInt64

    /// The digest of a row as COPY brings it.
    init(_ row: CopyRow) {
        let digest = SHA256.digest(of: row.bytes)
        high = digest.littleEndian64(at: 0)
        low = digest.littleEndian64(at: 8)
    }
}
