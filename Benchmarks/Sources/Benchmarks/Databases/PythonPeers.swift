/// Other ways to store rows, by a script in Python.
struct PythonPeers: Sendable {
    /// A Python that has psycopg and SQLAlchemy.
    let pythonPath: String
    let scriptPath: String

    enum Method: String, Sendable {
        /// psycopg's COPY, with the same number of rows per transaction as the others.
        case copy
        /// SQLAlchemy: add, commit and refresh for each trade, as the trading bot does.
        case orm
    }

    /// Stores rows, and returns the rate in rows per second, without the start of Python and the reading of the rows.
    ///
    /// - Parameters:
    ///   - source: The URL of a database with events and trades.
    ///   - target: The URL of the database into which they go.
    ///   - directory: A directory for the script's output.
    func rowsPerSecond(
        _ method: Method,
        _ rowCount: Int,
        from source: String,
        into target: String,
        in directory: String
    ) throws -> Double {
        let arguments = [pythonPath, scriptPath, method.rawValue, "\(rowCount)", source, target]
        let printed = try ChildProgram.output(of: arguments, in: directory)
        guard let rate = Double(printed.prefix { $0 != "\n" }) else {
            throw Failure("\(scriptPath) printed \(printed)")
        }
        return rate
    }
}
