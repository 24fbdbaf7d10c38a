internal import CLedgerShims
internal import Glibc

/// A value that is protected by a POSIX mutex.
///
/// Not `Synchronization.Mutex`: the thread sanitizer does not see that one on Linux and takes every use of it for a
/// race, so the commit path could not be checked. Sendable because the value is reached only by `withLock`.
///
/// The value takes at least a byte: one of no size shares the address of the object's own header, and the thread
/// sanitizer then sees a race between finding the mutex and using the value.
@safe package final class Lock<Value: ~Copyable>: @unchecked Sendable {
    private let raw: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    package init(_ value: consuming sending Value) {
        precondition(MemoryLayout<Value>.size > 0, "a locked value has a size")
        unsafe raw = .allocate(capacity: 1)
        let result = unsafe pthread_mutex_init(raw, nil)
        precondition(result == 0, "a mutex with default attributes is always granted")
        self.value = value
    }

    deinit {
        unsafe pthread_mutex_destroy(raw)
        unsafe raw.deallocate()
    }

    /// Runs the body alone with the value.
    ///
    /// Not to be called from within another body of the same lock.
    package func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let result = unsafe pthread_mutex_lock(raw)
        precondition(result == 0, "the thread does not hold the mutex already")
        defer { unsafe pthread_mutex_unlock(raw) }
        return try body(&value)
    }
}

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
    package func wait(milliseconds: Int) -> Bool {
        unsafe ledger_semaphore_wait_for(raw, Int64(milliseconds) * 1_000_000) == 0
    }
}
