/// What opening a ledger found and did.
public struct RecoveryReport: Hashable, Sendable {
    /// A write that a crash tore: it was never acknowledged, and was copied aside before it was cut.
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

    /// Whole frames that nothing vouched for and that were proved: written again, flushed and read back.
    public internal(set) var provenEventCount: UInt64 = 0
    /// The torn writes that were cut.
    public internal(set) var tornWrites: [TornWrite] = []
}
