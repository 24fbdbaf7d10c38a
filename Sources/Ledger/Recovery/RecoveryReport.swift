/// What opening a ledger found and did.
public struct RecoveryReport: Hashable, Sendable {
    /// A write torn by a crash: it was never acknowledged, and was copied aside before it was truncated.
    public struct TornWrite: Hashable, Sendable {
        /// The file that held it.
        public let file: String
        /// Where it began, in bytes.
        public let offset: Int
        /// How many bytes it had.
        public let byteCount: Int
        /// The file in the ledger's directory that keeps a copy.
        public let evidence: String
    }

    /// Events in whole frames that had to be proved durable: rewritten, flushed and read back.
    public internal(set) var provenEventCount: UInt64 = 0
    /// The torn writes that were cut.
    public internal(set) var tornWrites: [TornWrite] = []
}
