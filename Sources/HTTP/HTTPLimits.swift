internal import Glibc

/// How much a client may ask of a server.
package struct HTTPLimits: Sendable {
    /// The longest body of a request; a longer one is answered with 413.
    package var bodyByteCount = 8 << 20
    /// The longest head of a request, with about 64 bytes counted for each field; a longer one is answered with 431.
    package var headByteCount = 32 << 10
    /// The largest number of connections at a time; one more is answered with 503.
    package var connectionCount = Self.connectionCountWithinDescriptors
    /// The largest number of connections at a time from one IP address; one more is answered with 429.
    package var connectionCountPerAddress = 1_024
    /// After how many seconds a connection is closed on which nothing was sent or received.
    package var idleSeconds = 30
    /// How many seconds a request may take to arrive; then it is answered with 408.
    package var arrivalSeconds = 30

    /// The usual limits.
    package init() {}

    /// 4,096, or fewer where this process may not open as many files; some are left for the rest of the program.
    private static var connectionCountWithinDescriptors: Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 512 }
        return min(4_096, max(16, Int(clamping: limit.rlim_cur) - 256))
    }
}
