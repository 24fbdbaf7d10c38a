internal import CLedgerShims
internal import Glibc

/// SIGINT and SIGTERM as a descriptor that becomes readable, so that a command ends between two steps, not within one.
enum StopSignal {
    /// Takes over the signals and returns the descriptor.
    static func install() throws(FileError) -> Int32 {
        let descriptor = ledger_stop_signals()
        guard descriptor >= 0 else { throw .current("take over", "SIGINT and SIGTERM") }
        return descriptor
    }
}
