internal import CLedgerShims
internal import Glibc

/// Controls what the Swift runtime prints when the program crashes.
enum CrashReport {
    /// Turns the crash report off unless SWIFT_BACKTRACE asks for it: it prints memory that the registers point to,
    /// which may hold a password, and stderr ends up in logs.
    static func turnOff() {
        if unsafe getenv("SWIFT_BACKTRACE") == nil { ledger_forget_crash_handlers() }
    }
}
