internal import Glibc

/// A pipe for waiting: its descriptor is readable while it has an unread byte.
package final class WaitingPipe: Sendable {
    package let readingEnd: Int32
    private let writingEnd: Int32

    package init() {
        var ends: [Int32] = [0, 0]
        let result = unsafe pipe(&ends)
        precondition(result == 0, "the system has pipes")
        (readingEnd, writingEnd) = (ends[0], ends[1])
    }

    deinit {
        close(readingEnd)
        close(writingEnd)
    }

    package func writeByte() {
        let count = unsafe write(writingEnd, [1], 1)
        precondition(count == 1, "a pipe takes a byte")
    }

    /// Waits for a byte, and reads it.
    package func readByte() {
        var byte: UInt8 = 0
        let count = unsafe read(readingEnd, &byte, 1)
        precondition(count == 1, "the writing end is open")
    }
}
