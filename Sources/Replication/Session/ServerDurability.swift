internal import Postgres

/// The durability that a server's configuration does not provide.
///
/// A session cannot set it, so it is reported to the operator.
enum ServerDurability {
    /// Why a loss of power can take back or damage what was committed, one sentence for each reason.
    static func shortfalls(_ connection: inout Connection) throws(PostgresError) -> [String] {
        let result = try connection.query("SELECT current_setting('fsync'), current_setting('full_page_writes')")
        var shortfalls: [String] = []
        if result.text(row: 0, column: 0) == "off" {
            shortfalls.append(
                "fsync is off on the database server: a loss of power can take back events that were reported as "
                    + "replicated; set fsync = on"
            )
        }
        if result.text(row: 0, column: 1) == "off" {
            shortfalls.append(
                "full_page_writes is off on the database server: a loss of power can damage its tables, unless its "
                    + "file system writes pages whole; set full_page_writes = on"
            )
        }
        return shortfalls
    }
}
