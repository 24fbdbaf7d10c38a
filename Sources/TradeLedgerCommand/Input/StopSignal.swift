internal import CLedgerShims
internal import Glibc

/// SIGINT and SIGTERM as a descriptor that becomes readable, so that a command stops between two steps, not within one.
enum StopSignal {
    /// SIGINT: Ctrl-C, which reaches all processes of a terminal's foreground.
    case interrupt
    /// SIGTERM: what service managers send.
    case terminate

    /// Takes over the first `count` of these signals and returns the descriptor; the one after them ends the process.
    static func install(count: Int32 = 1) throws(FileError) -> Int32 {
        let descriptor = ledger_stop_signals(count)
        guard descriptor >= 0 else { throw .current("take over", "SIGINT and SIGTERM") }
        return descriptor
    }

    /// The next signal that has arrived; nil if there is none.
    static func take(from descriptor: Int32) -> StopSignal? {
        var number: UInt8 = 0
        guard unsafe read(descriptor, &number, 1) == 1 else { return nil }
        return Int32(number) == SIGINT ? .interrupt : .terminate
    }
}
