import CPQ

/// Reads what libpq knows about a fault into a `PostgresError`.
extension PostgresError {
    /// The fault that `result` reports, or, where there is no result at all, the one that `connection` reports.
    static func fault(result: OpaquePointer?, connection: OpaquePointer) -> PostgresError {
        let isBroken = unsafe PQstatus(connection) != CONNECTION_OK
        guard let result = unsafe result, let message = unsafe field("M", of: result) else {
            return unsafe fault(kind: isBroken ? .connectionLost : .protocolViolation, textOf: connection)
        }
        // The severity "V" is never translated. After FATAL the server closes the session, seen by libpq or not yet.
        let severity = unsafe field("V", of: result)
        let endsSession = isBroken || severity == "FATAL" || severity == "PANIC"
        return PostgresError(
            kind: endsSession ? .connectionLost : .server,
            sqlState: unsafe field("C", of: result),
            message: oneLine(message),
            detail: unsafe field("D", of: result),
            hint: unsafe field("H", of: result),
            context: unsafe field("W", of: result)
        )
    }

    /// The fault of a session that could not be opened, or whose end libpq reports only as text.
    ///
    /// `PQERRORS_VERBOSE`, set while connecting, puts the SQLSTATE into those words, as in
    /// `FATAL:  28P01: password authentication failed`, and lines of their own for what may quote row contents.
    static func fault(kind: Kind, textOf connection: OpaquePointer) -> PostgresError {
        let lines = unsafe (String(ofC: PQerrorMessage(connection)) ?? "").split(separator: "\n")
            .filter { line in !secondaryLines.contains { line.hasPrefix($0) } }
        var sqlState: String?
        var sentences: [String] = []
        for line in lines {
            let parts = line.split(separator: ": ", omittingEmptySubsequences: false)
            let code = parts.firstIndex(where: isSQLState)
            if let code, sqlState == nil {
                sqlState = String(parts[code].drop { $0 == " " })
            }
            sentences.append(parts.indices.filter { $0 != code }.map { parts[$0] }.joined(separator: ": "))
        }
        return PostgresError(kind: kind, sqlState: sqlState, message: oneLine(sentences.joined(separator: "; ")))
    }

    private static let secondaryLines = ["LOCATION:", "DETAIL:", "HINT:", "CONTEXT:", "QUERY:"]

    private static func isSQLState(_ part: Substring) -> Bool {
        let code = part.drop { $0 == " " }
        return part.first == " " && code.utf8.count == 5
            && code.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            }
    }

    /// One of the `PG_DIAG_` fields, which are characters in C.
    private static func field(_ code: Unicode.Scalar, of result: OpaquePointer) -> String? {
        unsafe String(ofC: PQresultErrorField(result, Int32(code.value)))
    }

    private static func oneLine(_ text: String) -> String {
        text.split { $0 == "\n" || $0 == "\t" || $0 == " " }.joined(separator: " ")
    }
}

extension String {
    /// The text of a string of C; nil without one.
    init?(ofC pointer: UnsafePointer<CChar>?) {
        guard let pointer = unsafe pointer else { return nil }
        unsafe self.init(cString: pointer)
    }
}
