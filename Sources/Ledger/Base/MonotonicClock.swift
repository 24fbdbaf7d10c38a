internal import CLedgerShims
internal import Glibc

/// The clock of the system that never goes back, for durations.
package enum MonotonicClock {
    /// Nanoseconds since some moment before this process began.
    package static func nanoseconds() -> UInt64 {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// What writing the log took.
struct WriteEffort {
    /// Bytes of frames.
    var byteCount = 0
    var writeNanoseconds: UInt64 = 0
    var flushNanoseconds: UInt64 = 0
}
