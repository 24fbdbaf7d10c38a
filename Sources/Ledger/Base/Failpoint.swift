/// A deliberate one-line bug, which shows that the crash simulation would find it.
///
/// Compiled in only with `-DMUTATIONS`; without it no bug is ever active, and the compiler removes the check.
package enum Failpoint: String, CaseIterable, Sendable {
    /// Acknowledges without a flush.
    case acknowledgeBeforeFlush = "acknowledge before the flush"
    /// Retries a failed flush and trusts the second result.
    case retryFailedFlush = "retry the failed flush"
    /// Tells readers of events before they are durable.
    case publishBeforeFlush = "publish before the flush"
    /// Does not flush the directory after a segment gets its name.
    case skipDirectoryFlush = "no directory flush"
    /// Gives a segment its name before its header is on the disk.
    case renameBeforeHeader = "rename before the header is flushed"
    /// Writes no empty frame after the last one.
    case skipEmptyFrame = "no empty frame"
    /// Mistakes corrupted acknowledged events for a torn write.
    case skipDurableUpTo = "skip durable_upto"
    /// Trusts the page cache when it opens a log.
    case trustCacheOnOpen = "trust the cache on open"
    /// Accepts a frame whose header is intact without checking its payload.
    case trustFrameHeader = "trust a frame header"
    /// Gives an index run its name before its bytes are flushed.
    case skipRunFlush = "name a run before it is flushed"
    /// Keeps index runs and snapshots when a repair changes the segments they describe.
    case keepDerived = "keep what is derived through a repair"
    /// Cuts a torn write without keeping a copy.
    case cutWithoutEvidence = "cut without evidence"
    /// Removes a plain segment before its sealed twin and the twin's name are on disk.
    case removeBeforeSealIsFlushed = "remove the plain segment before the sealed one is flushed"
    /// Gives a file of a backup its name before it is flushed.
    case nameBeforeFlush = "name a copied file before its flush"
    /// Marks a backup as further along than its files.
    case markBeforeCopy = "mark the backup before its files"
    /// Lets a second writer share the lock of the directory.
    case shareDirectoryLock = "share the directory's lock"

    #if MUTATIONS
    /// The bug of this process; set before anything else runs.
    package nonisolated(unsafe) static var active: Failpoint?

    var isActive: Bool { unsafe Self.active == self }
    #else
    var isActive: Bool { false }
    #endif
}
