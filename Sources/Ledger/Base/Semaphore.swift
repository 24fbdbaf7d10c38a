internal import CLedgerShims
internal import Glibc

/// A counting semaphore (sem_overview(7)).
///
/// Sendable because the C object after the pointer is made for threads and lives as long as this does.
@safe package final class Semaphore: @unchecked Sendable {
    private let raw: UnsafeMutablePointer<sem_t>

    package init() {
        unsafe raw = .allocate(capacity: 1)
        let result = unsafe sem_init(raw, 0, 0)
        precondition(result == 0, "a semaphore that starts at 0 is always granted")
    }

    deinit {
        unsafe sem_destroy(raw)
        unsafe raw.deallocate()
    }

    package func post() {
        let result = unsafe sem_post(raw)
        precondition(result == 0, "the count of a semaphore stays far below its limit")
    }

    package func wait() {
        while unsafe sem_wait(raw) != 0 { precondition(errno == EINTR, "only a signal interrupts the wait") }
    }

    /// Waits at most this long; false on a timeout.
    func wait(milliseconds: Int) -> Bool {
        unsafe ledger_semaphore_wait_for(raw, Int64(milliseconds) * 1_000_000) == 0
    }
}
