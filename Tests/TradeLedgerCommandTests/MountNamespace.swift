import LedgerTestSupport

/// A script that may mount file systems that no other process sees, and that end with it.
enum MountNamespace {
    /// Whether this user may.
    static let isPermitted: Bool = {
        do { return try run("mount -t tmpfs none /mnt", CommandLedger()).ending == .exit(0) } catch { return false }
    }()

    /// Runs a shell script, with `$T` and `$D` as in `CommandLedger.shell`.
    static func run(_ script: String, _ ledger: CommandLedger) throws -> ChildProcess.Outcome {
        _ = try ledger.file("script", script)
        return try ledger.shell(#"exec unshare --mount sh "$D/script""#)
    }
}
