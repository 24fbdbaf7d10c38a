internal import Glibc

/// Two connected descriptors between a task and its supervisor: the supervisor asks the task to end, and the task says
/// that it has ended.
///
/// Sendable because both descriptors live as long as this does, and are only polled and written.
final class StopChannel: Sendable {
    /// Readable once the task is to end.
    let stop: Int32
    /// Readable once the task has ended.
    private let end: Int32

    /// Opens the descriptors.
    init() throws(ServiceError) {
        var pair: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &pair) == 0 else { throw .current("start a background task") }
        (stop, end) = (pair[0], pair[1])
    }

    deinit {
        close(stop)
        close(end)
    }

    /// Asks the task to end.
    func requestStop() { Self.note(on: end) }

    /// Says that the task has ended.
    func noteEnd() { Self.note(on: stop) }

    /// Waits until the task is to end, or until some milliseconds have passed; whether it is to end.
    func isStopRequested(waitingMilliseconds milliseconds: Int32) -> Bool {
        Self.isReadable(stop, waitingMilliseconds: milliseconds)
    }

    /// Waits until the task has ended, or until some milliseconds have passed; whether it has ended.
    func hasEnded(waitingMilliseconds milliseconds: Int32) -> Bool {
        Self.isReadable(end, waitingMilliseconds: milliseconds)
    }

    /// A note is never read, so its descriptor stays readable.
    private static func note(on descriptor: Int32) {
        var byte: UInt8 = 0
        let count = unsafe send(descriptor, &byte, 1, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        // Where the buffer is full, the other descriptor is readable already.
        precondition(count == 1 || errno == EAGAIN, "the other descriptor is open")
    }

    private static func isReadable(_ descriptor: Int32, waitingMilliseconds milliseconds: Int32) -> Bool {
        let deadline = ContinuousClock.now + .milliseconds(Int(milliseconds))
        while true {
            var file = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let left = max(0, (deadline - .now) / .milliseconds(1))
            if unsafe poll(&file, 1, Int32(left.rounded(.up))) > 0 { return true }
            if .now >= deadline { return false }
        }
    }
}
