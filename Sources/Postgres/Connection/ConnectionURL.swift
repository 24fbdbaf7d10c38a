import CPQ

/// A check of a connection URL before libpq sees it.
///
/// libpq's messages quote what they cannot read: a password with an unescaped `@`, `/` or `%` would end up in a log as
/// a host name. Whatever is ambiguous is therefore refused here, in words that quote nothing.
enum ConnectionURL {
    /// Throws unless `url` is a `postgres://` URL, a `key=value` string or a plain database name.
    static func validate(_ url: String) throws(PostgresError) {
        guard !url.utf8.contains(0) else {
            throw PostgresError(kind: .invalidArgument, message: "the connection URL holds a zero byte")
        }
        if let scheme = ["postgres://", "postgresql://"].first(where: url.hasPrefix) {
            try validateCredentials(url.dropFirst(scheme.count))
        } else if !url.contains("=") {
            // With a scheme or a password it would be taken for a database name, and quoted as one by the server.
            guard !url.contains(where: { $0 == ":" || $0 == "@" }) else {
                throw PostgresError(
                    kind: .invalidArgument,
                    message: "the connection URL must begin with postgres:// or postgresql://"
                )
            }
            return
        }
        guard let options = unsafe PQconninfoParse(url, nil) else {
            throw PostgresError(
                kind: .invalidArgument,
                message: "the connection string cannot be read: look for an unknown key, a missing quote, "
                    + "or a % that is not written as %25"
            )
        }
        try validatePort(unsafe ConnectionOptions(freeing: options)["port"] ?? "")
    }

    /// `postgres://user:password/` has a password in the place of a port, which libpq would quote.
    private static func validatePort(_ ports: String) throws(PostgresError) {
        guard ports.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ",") })
        else {
            throw PostgresError(
                kind: .invalidArgument,
                message: "the port of the connection URL is no number: a password belongs before the @ of the host"
            )
        }
    }

    private static func validateCredentials(_ afterScheme: Substring) throws(PostgresError) {
        let parts = afterScheme.split(separator: "@", omittingEmptySubsequences: false)
        let isPlain = parts.count == 1 || (parts.count == 2 && !parts[0].contains("/"))
        guard isPlain else {
            throw PostgresError(
                kind: .invalidArgument,
                message: "the connection URL holds an @ or / that is not a separator: write %40 or %2F"
            )
        }
    }
}

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
