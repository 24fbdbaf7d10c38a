/// A deliberate bug of one line, to show that the simulation of crashes would find it.
///
/// Compiled in with `-DMUTATIONS` alone; without it no bug is ever active and the compiler removes the
/// question.
package enum Failpoint: String, CaseIterable, Sendable {
    /// Answers before the flush has returned: there is none.
    case acknowledgeBeforeFlush = "acknowledge before the flush"
    /// Tries a failed flush once more and believes the second.
    case retryFailedFlush = "retry the failed flush"
    /// Tells readers of events before they are durable.
    case publishBeforeFlush = "publish before the flush"
    /// Leaves the new name of a segment to the directory's own time.
    case skipDirectoryFlush = "no directory flush"
    /// Gives a segment its name before its header is on the disk.
    case renameBeforeHeader = "rename before the header is flushed"
    /// Writes no empty frame behind the last one.
    case skipEmptyFrame = "no empty frame"
    /// Takes acknowledged events that are broken for a torn write.
    case skipDurableUpTo = "skip durable_upto"
    /// Believes what the page cache shows when it opens a log.
    case trustCacheOnOpen = "trust the cache on open"
    /// Takes a frame whose header is intact, whatever became of its payload.
    case trustFrameHeader = "trust a frame header"
    /// Gives an index run its name before its bytes are flushed.
    case skipRunFlush = "name a run before it is flushed"
    /// Keeps runs and snapshots when a repair changes the segments they speak of.
    case keepDerived = "keep what is derived through a repair"
    /// Cuts a torn write without keeping a copy.
    case cutWithoutEvidence = "cut without evidence"
    /// Removes a plain segment before its sealed twin and that one's name are on the disk.
    case removeBeforeSealIsFlushed = "remove the plain segment before the sealed one is flushed"
    /// Gives a file of a backup its name before it is flushed.
    case nameBeforeFlush = "name a copied file before its flush"
    /// Says that a backup goes further than its files.
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
