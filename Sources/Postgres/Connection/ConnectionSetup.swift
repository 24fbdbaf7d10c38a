import CPQ
import Glibc

/// Establishes a session.
///
/// The steps are libpq's non-blocking ones, because the blocking call prints what the server notices during the login
/// to standard error before a notice processor can be set, and heeds no descriptor.
struct ConnectionSetup {
    /// Seconds for each host, where neither the URL nor `PGCONNECT_TIMEOUT` says otherwise.
    private static let defaultTimeoutSeconds = 10

    let url: String?
    let password: String?
    let applicationName: String
    let waitLimit: WaitLimit

    /// Returns a session with the first host that accepts it; the caller must end it with `PQfinish`.
    func open() throws(PostgresError) -> OpaquePointer {
        if let url {
            try ConnectionURL.validate(url)
        }
        var faults: [PostgresError] = []
        for host in ConnectionHosts.candidates(url: url) {
            do throws(PostgresError) {
                return try unsafe open(host)
            } catch {
                guard error.kind == .connectionFailed else { throw error }
                faults.append(error)
            }
        }
        // There is a code only if all hosts gave the same: a host that is down may accept the session once it is up.
        let codes = Set(faults.map(\.sqlState))
        throw PostgresError(
            kind: .connectionFailed,
            sqlState: codes.count == 1 ? faults[0].sqlState : nil,
            message: faults.map(\.message).joined(separator: "; ")
        )
    }

    private func open(_ host: ConnectionHosts.Candidate) throws(PostgresError) -> OpaquePointer {
        var keywords = CStringArray()
        var values = CStringArray()
        for (keyword, value) in parameters + host {
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

    /// libpq uses the last non-empty value, so the URL overrides options before `dbname` but not those after it.
    private var parameters: [(keyword: String, value: String)] {
        var parameters = [
            // A peer that disappeared is noticed within about 40 seconds instead of hours.
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

    private func complete(_ connection: OpaquePointer) throws(PostgresError) {
        guard unsafe PQstatus(connection) != CONNECTION_BAD else {
            let fault = unsafe PostgresError.fault(kind: .connectionFailed, textOf: connection)
            throw Self.isOfSettings(fault) ? fault.with(kind: .invalidArgument) : fault
        }
        unsafe PQsetNoticeProcessor(connection, dropNotice, nil)
        _ = unsafe PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
        let deadline = unsafe Self.deadline(of: connection)
        var awaitedEvents = POLLOUT
        while true {
            switch unsafe waitLimit.wait(for: PQsocket(connection), awaitedEvents, until: deadline) {
            case .ready: break
            case .stopped: throw PostgresError(kind: .stopped, message: "a stop was requested")
            case .timedOut:
                throw PostgresError(
                    kind: .connectionFailed,
                    message: "no answer from \(unsafe Self.host(of: connection)) in time"
                )
            }
            switch unsafe PQconnectPoll(connection) {
            case PGRES_POLLING_OK:
                // From here on libpq never blocks.
                let result = unsafe PQsetnonblocking(connection, 1)
                precondition(result == 0, "nothing is due on a new session")
                return
            case PGRES_POLLING_READING: awaitedEvents = POLLIN
            case PGRES_POLLING_WRITING: awaitedEvents = POLLOUT
            default: throw unsafe Self.refusal(connection)
            }
        }
    }

    /// Whether libpq refuses a setting, such as `invalid sslmode value: "x"`: no server was asked, and none will do.
    private static func isOfSettings(_ fault: PostgresError) -> Bool {
        fault.message.hasPrefix("invalid ") || fault.message.hasPrefix("could not match ")
    }

    /// Why the server refused the session.
    ///
    /// libpq gives up without a code from the server if the server asks for a password and there is none.
    private static func refusal(_ connection: OpaquePointer) -> PostgresError {
        let fault = unsafe PostgresError.fault(kind: .connectionFailed, textOf: connection)
        guard fault.sqlState == nil, unsafe PQconnectionNeedsPassword(connection) == 1 else { return fault }
        let invalidPassword = "28P01"
        return PostgresError(kind: .connectionFailed, sqlState: invalidPassword, message: fault.message)
    }

    /// `nil` means no limit, which `connect_timeout=0` asks for.
    private static func deadline(of connection: OpaquePointer) -> ContinuousClock.Instant? {
        let options = unsafe ConnectionOptions(freeing: PQconninfo(connection))
        let seconds = options["connect_timeout"].flatMap { Int($0) } ?? defaultTimeoutSeconds
        let hostCount = options["host"]?.split(separator: ",", omittingEmptySubsequences: false).count ?? 1
        return seconds > 0 ? ContinuousClock.now + .seconds(seconds * hostCount) : nil
    }

    private static func host(of connection: OpaquePointer) -> String {
        guard let host = unsafe String(ofC: PQhost(connection)), let port = unsafe String(ofC: PQport(connection))
        else { return "the server" }
        return "\(host):\(port)"
    }
}

/// Drops notices and warnings, which libpq would print to standard error.
///
/// A top-level function, because a closure formed on the main actor must not be called from another thread.
private func dropNotice(_: UnsafeMutableRawPointer?, _: UnsafePointer<CChar>?) {}
