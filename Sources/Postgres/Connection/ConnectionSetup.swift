import CPQ
import Glibc

/// Establishes a session.
///
/// The steps are libpq's non-blocking ones, because the blocking call prints what the server notices during the login
/// to standard error before a notice processor can be set.
enum ConnectionSetup {
    /// Seconds for each host, where neither the URL nor `PGCONNECT_TIMEOUT` says otherwise.
    private static let defaultTimeoutSeconds = 10

    /// Returns a session that the caller must end with `PQfinish`.
    static func open(
        url: String?,
        password: String?,
        applicationName: String
    ) throws(PostgresError) -> OpaquePointer {
        if let url {
            try ConnectionURL.validate(url)
        }
        var keywords = CStringArray()
        var values = CStringArray()
        for (keyword, value) in parameters(url: url, password: password, applicationName: applicationName) {
            keywords.append(keyword)
            values.append(value)
        }
        let started = unsafe keywords.withUnsafePointers { keywords in
            unsafe values.withUnsafePointers { values in
                unsafe PQconnectStartParams(keywords, values, 1)
            }
        }
        guard let connection = unsafe started else {
            throw PostgresError(kind: .connectionFailed, message: "out of memory")
        }
        do throws(PostgresError) {
            try unsafe complete(connection)
        } catch {
            unsafe PQfinish(connection)
            throw error
        }
        return unsafe connection
    }

    /// libpq takes the last value that is not empty, so what stands before `dbname` is a default that the URL can
    /// override, and what stands after it is not.
    private static func parameters(
        url: String?,
        password: String?,
        applicationName: String
    ) -> [(keyword: String, value: String)] {
        var parameters = [
            // A peer that vanished without a word is noticed within about 40 seconds instead of hours.
            ("keepalives_idle", "10"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "30000"),
            ("fallback_application_name", applicationName),
        ]
        if let password, unsafe getenv("PGPASSWORD") == nil {
            parameters.append(("password", password))
        }
        if let url {
            parameters.append(("dbname", url))
        }
        parameters.append(("client_encoding", "UTF8"))
        return parameters
    }

    private static func complete(_ connection: OpaquePointer) throws(PostgresError) {
        guard unsafe PQstatus(connection) != CONNECTION_BAD else {
            throw unsafe PostgresError.fault(kind: .connectionFailed, textOf: connection)
        }
        unsafe PQsetNoticeProcessor(connection, dropNotice, nil)
        _ = unsafe PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
        let deadline = unsafe deadline(of: connection)
        var awaitedEvents = Int16(POLLOUT)
        while true {
            guard unsafe waitForSocket(of: connection, events: awaitedEvents, until: deadline) else {
                throw PostgresError(kind: .connectionFailed, message: "no answer from the server in time")
            }
            switch unsafe PQconnectPoll(connection) {
            case PGRES_POLLING_OK: return
            case PGRES_POLLING_READING: awaitedEvents = Int16(POLLIN)
            case PGRES_POLLING_WRITING: awaitedEvents = Int16(POLLOUT)
            default: throw unsafe PostgresError.fault(kind: .connectionFailed, textOf: connection)
            }
        }
    }

    /// `nil` means no limit, which `connect_timeout=0` asks for.
    private static func deadline(of connection: OpaquePointer) -> ContinuousClock.Instant? {
        var timeoutSeconds = defaultTimeoutSeconds
        var hostCount = 1
        guard let options = unsafe PQconninfo(connection) else {
            return ContinuousClock.now + .seconds(timeoutSeconds)
        }
        defer { unsafe PQconninfoFree(options) }
        var option = unsafe options
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val {
                let text = unsafe String(cString: value)
                switch unsafe String(cString: keyword) {
                case "connect_timeout": timeoutSeconds = Int(text) ?? defaultTimeoutSeconds
                case "host": hostCount = text.split(separator: ",", omittingEmptySubsequences: false).count
                default: break
                }
            }
            unsafe option += 1
        }
        return timeoutSeconds > 0 ? ContinuousClock.now + .seconds(timeoutSeconds * hostCount) : nil
    }

    /// Whether the socket became ready before the deadline.
    ///
    /// An error of the socket counts: libpq then reports it.
    private static func waitForSocket(
        of connection: OpaquePointer,
        events: Int16,
        until deadline: ContinuousClock.Instant?
    ) -> Bool {
        while true {
            var waitMilliseconds: Int32 = -1
            if let deadline {
                let (seconds, attoseconds) = (deadline - ContinuousClock.now).components
                guard seconds >= 0, attoseconds >= 0 else { return false }
                // Rounded up, so that the last millisecond is not spent in a busy loop.
                waitMilliseconds = Int32(clamping: seconds * 1_000 + attoseconds / 1_000_000_000_000_000 + 1)
            }
            var descriptor = unsafe pollfd(fd: PQsocket(connection), events: events, revents: 0)
            let readyCount = unsafe poll(&descriptor, 1, waitMilliseconds)
            if readyCount != 0 && !(readyCount < 0 && errno == EINTR) {
                return true
            }
        }
    }
}

/// Notices and warnings of the server are nobody's: libpq would print them to standard error.
///
/// A top-level function, because a closure formed on the main actor must not be called from another thread.
private func dropNotice(_: UnsafeMutableRawPointer?, _: UnsafePointer<CChar>?) {}
