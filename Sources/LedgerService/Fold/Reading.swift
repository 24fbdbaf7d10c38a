package import Ledger

/// What answers are read from: the ledger on disk, and what is folded from it in memory.
package struct Reading: Sendable {
    /// Reads the log.
    package let reader: LedgerReader
    /// The state after the last durable event.
    package let live: LiveFold
}
