import CPQ

/// The hosts of a connection string that names several, each to be tried for its own time.
///
/// libpq tries them by itself, but in its non-blocking mode without a limit for each: a machine without power, which
/// refuses nothing, would use up the time of all.
enum ConnectionHosts {
    /// Options passed to libpq beside the connection string.
    typealias Candidate = [(keyword: String, value: String)]

    /// The hosts in the order in which they are tried; one that asks for nothing where there is one only, or the string
    /// is one that libpq refuses.
    static func candidates(url: String?) -> [Candidate] {
        let given = options(of: url)
        let defaults = unsafe ConnectionOptions(freeing: PQconndefaults())
        let hosts = list("host", given, defaults)
        let addresses = list("hostaddr", given, defaults)
        let ports = list("port", given, defaults)
        let count = max(hosts.count, addresses.count)
        let isWhole =
            count > 1 && [0, count].contains(hosts.count) && [0, count].contains(addresses.count)
            && [0, 1, count].contains(ports.count) && !(hosts + addresses + ports).contains("")
        guard isWhole else { return [[]] }
        let each: [Candidate] = (0..<count).map { index in
            var candidate: Candidate = []
            if !hosts.isEmpty { candidate.append(("host", hosts[index])) }
            if !addresses.isEmpty { candidate.append(("hostaddr", addresses[index])) }
            if !ports.isEmpty { candidate.append(("port", ports[ports.count == 1 ? 0 : index])) }
            return candidate
        }
        // The one preference that only a second look at all hosts can settle.
        let preference = "target_session_attrs"
        guard given[preference] ?? defaults[preference] == "prefer-standby" else { return each }
        return each.map { $0 + [(preference, "standby")] } + each.map { $0 + [(preference, "any")] }
    }

    private static func options(of url: String?) -> ConnectionOptions {
        // Anything else is the name of a database.
        guard let url, url.contains("://") || url.contains("=") else { return ConnectionOptions() }
        return unsafe ConnectionOptions(freeing: PQconninfoParse(url, nil))
    }

    private static func list(_ keyword: String, _ given: ConnectionOptions, _ defaults: ConnectionOptions) -> [String] {
        (given[keyword] ?? defaults[keyword])?.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            ?? []
    }
}

/// The options of a connection by their keywords, those that have a value.
struct ConnectionOptions {
    private var values: [String: String] = [:]

    init() {}

    /// Reads libpq's array of them, none where there is no array.
    init(freeing options: UnsafeMutablePointer<PQconninfoOption>?) {
        guard let options = unsafe options else { return }
        defer { unsafe PQconninfoFree(options) }
        var option = unsafe options
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val, unsafe value.pointee != 0 {
                unsafe values[String(cString: keyword)] = String(cString: value)
            }
            unsafe option += 1
        }
    }

    subscript(keyword: String) -> String? { values[keyword] }
}

extension PostgresError {
    /// Combines the refusals of several hosts.
    ///
    /// The result has a code only if all have the same: a host that is down may accept the session once it is up.
    init(refusals: [PostgresError]) {
        precondition(!refusals.isEmpty, "at least one host was tried")
        let codes = Set(refusals.map(\.sqlState))
        self.init(
            kind: .connectionFailed,
            sqlState: codes.count == 1 ? refusals[0].sqlState : nil,
            message: refusals.map(\.message).joined(separator: "; ")
        )
    }
}
