internal import CLedgerShims
internal import Glibc

/// What the Swift runtime prints when the program crashes.
enum CrashReport {
    /// Turns it off, unless SWIFT_BACKTRACE asks for it: with the registers it prints the memory that they point to,
    /// which may hold a password, and stderr is kept in logs.
    static func turnOff() {
        if unsafe getenv("SWIFT_BACKTRACE") == nil { ledger_forget_crash_handlers() }
    }
}
