internal import CLedgerShims
internal import Glibc

/// Waits for a ledger to grow, without polling (inotify(7)): the writer updates its durable watermark after each flush.
public struct LedgerWatch: ~Copyable, Sendable {
    private let descriptor: Int32
    private let path: String

    /// Watches the ledger of a directory.
    ///
    /// Throws where the system has no watches left.
    public init(_ directory: String) throws(LedgerError) {
        try self.init(directory, fileName: DurableWatermark.fileName)
    }

    /// Watches a file of a ledger's directory.
    init(_ directory: String, fileName: String) throws(LedgerError) {
        let path = directory + "/" + fileName
        descriptor = unsafe ledger_watch_open(path)
        self.path = path
        guard descriptor >= 0 else { throw .refused("watch", path: path) }
    }

    deinit { close(descriptor) }

    /// Waits until the ledger has grown, `milliseconds` have passed (-1 for no limit), a signal came, or the descriptor
    /// `wake` became readable (-1 for none).
    ///
    /// Growth since the last wait is not missed.
    public func wait(milliseconds: Int32 = -1, wake: Int32 = -1) throws(LedgerError) {
        try wait(milliseconds: milliseconds, wake: wake, peer: -1)
    }

    /// Waits as `wait(milliseconds:wake:)` does, and also returns when a peer's socket becomes readable or is closed.
    package func wait(milliseconds: Int32 = -1, wake: Int32, peer: Int32) throws(LedgerError) {
        guard ledger_watch_wait(descriptor, wake, peer, milliseconds) >= 0 else {
            throw .refused("watch", path: path)
        }
    }
}
