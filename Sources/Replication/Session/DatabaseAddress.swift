package import Postgres

/// Where the database is and how to log in.
///
/// The password never shows in a message.
package struct DatabaseAddress: Sendable {
    private let url: String?
    private let password: String?

    /// `url` is libpq's URL or key=value form, nil for its `PG*` variables; `password` counts where neither has one.
    package init(url: String?, password: String?) {
        self.url = url
        self.password = password
    }

    /// Opens a session.
    ///
    /// What every session needs: `applicationName` shows in the server's activity list; `waitLimit` ends waits.
    package func connect(
        _ applicationName: String,
        _ waitLimit: WaitLimit = .none
    ) throws(ReplicationError) -> Connection {
        try ReplicationError.converting(at: "database at the given address") {
            var connection = try Connection(
                url: url,
                password: password,
                applicationName: applicationName,
                waitLimit: waitLimit
            )
            try SessionSettings.pin(&connection)
            return connection
        }
    }
}
