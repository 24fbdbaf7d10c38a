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
        if let afterScheme = remainder(of: url) {
            try validateCredentials(afterScheme)
        } else {
            // Anything else with a scheme would be taken for a database name, and quoted as one by the server.
            guard url.contains("=") || !url.contains("://") else {
                throw PostgresError(
                    kind: .invalidArgument,
                    message: "the connection URL must begin with postgres:// or postgresql://"
                )
            }
            guard url.contains("=") else { return try validateDatabaseName(url) }
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

    /// `user:password@host` without a scheme would be taken for a name, and quoted by the server.
    private static func validateDatabaseName(_ name: String) throws(PostgresError) {
        guard !name.contains(where: { $0 == ":" || $0 == "@" }) else {
            throw PostgresError(
                kind: .invalidArgument,
                message: "the connection URL must begin with postgres:// or postgresql://"
            )
        }
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

    private static func remainder(of url: String) -> Substring? {
        for scheme in ["postgres://", "postgresql://"] where url.hasPrefix(scheme) {
            return url.dropFirst(scheme.count)
        }
        return nil
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
