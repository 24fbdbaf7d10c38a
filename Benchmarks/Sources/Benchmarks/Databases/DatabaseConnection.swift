internal import CLibPQ
internal import Glibc

/// A session with a database, for one thread.
@safe
final class DatabaseConnection {
    private let raw: OpaquePointer

    /// Connects.
    init(_ url: String) throws {
        guard let connection = unsafe PQconnectdb(url) else { throw Failure("libpq has no memory") }
        unsafe raw = unsafe connection
        guard unsafe PQstatus(connection) == CONNECTION_OK else { throw failure("cannot connect to \(url)") }
        // Hides notices of the server.
        try execute("SET client_min_messages = error")
    }

    deinit { unsafe PQfinish(raw) }

    /// Runs statements without parameters.
    func execute(_ statements: String) throws {
        _ = try unsafe checked(PQexec(raw, statements), statements)
    }

    /// The rows of a statement as text; NULL is empty.
    func rows(_ statement: String) throws -> [[String]] {
        try unsafe checked(PQexec(raw, statement), statement).rows
    }

    /// Prepares a statement under a name.
    func prepare(_ name: String, _ statement: String) throws {
        _ = try unsafe checked(PQprepare(raw, name, statement, 0, nil), statement)
    }

    /// Runs a prepared statement, reads all rows, and returns their number.
    func rowCount(ofPrepared name: String, _ parameters: [String] = []) throws -> Int {
        var values = unsafe parameters.map { unsafe UnsafePointer(strdup($0)) }
        defer { unsafe values.forEach { unsafe free(UnsafeMutablePointer(mutating: $0)) } }
        let result = unsafe PQexecPrepared(raw, name, Int32(parameters.count), &values, nil, nil, 0)
        return try unsafe checked(result, name).rowCount
    }

    /// Sends a stream of COPY, header and trailer included.
    func copyIn(_ statement: String, _ bytes: [UInt8]) throws {
        _ = try unsafe checked(PQexec(raw, statement), statement)
        let isSent = unsafe bytes.withUnsafeBytes { bytes in
            unsafe PQputCopyData(raw, bytes.bindMemory(to: CChar.self).baseAddress, Int32(bytes.count))
        }
        guard isSent == 1, unsafe PQputCopyEnd(raw, nil) == 1 else { throw failure(statement) }
        _ = try unsafe checked(PQgetResult(raw), statement)
        try expectNothingMore()
    }

    /// Reads the output of a COPY, one row at a time; the header comes with the first row or before it.
    func copyOut(_ statement: String, _ visit: ([UInt8]) -> Void) throws {
        _ = try unsafe checked(PQexec(raw, statement), statement)
        var buffer: UnsafeMutablePointer<CChar>?
        var count = unsafe PQgetCopyData(raw, &buffer, 0)
        while count >= 0 {
            visit(unsafe Array(UnsafeRawBufferPointer(start: buffer, count: Int(count))))
            unsafe PQfreemem(buffer)
            count = unsafe PQgetCopyData(raw, &buffer, 0)
        }
        guard count == -1 else { throw failure(statement) }
        _ = try unsafe checked(PQgetResult(raw), statement)
        try expectNothingMore()
    }

    /// Waits for a notification, and reads all pending ones.
    func waitForNotification() throws {
        while true {
            var count = 0
            while let notification = unsafe PQnotifies(raw) {
                unsafe PQfreemem(notification)
                count += 1
            }
            if count > 0 { return }
            var socket = pollfd(fd: unsafe PQsocket(raw), events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&socket, 1, 60_000) == 1 else { throw Failure("nothing was notified within a minute") }
            guard unsafe PQconsumeInput(raw) == 1 else { throw failure("cannot listen") }
        }
    }

    /// The end of a COPY is one result, after which libpq has none.
    private func expectNothingMore() throws {
        guard unsafe PQgetResult(raw) == nil else { throw failure("a COPY has not ended") }
    }

    private func checked(_ raw: OpaquePointer?, _ statement: String) throws -> Result {
        guard let raw = unsafe raw else { throw failure(statement) }
        let result = unsafe Result(raw)
        guard result.isDone else { throw failure(statement) }
        return result
    }

    private func failure(_ action: String) -> Failure {
        unsafe Failure("\(action): \(String(cString: PQerrorMessage(raw)))")
    }

    /// The server's answer to a statement that succeeded, or that starts a COPY.
    @safe
    private struct Result: ~Copyable {
        private let raw: OpaquePointer

        init(_ raw: OpaquePointer) { unsafe self.raw = unsafe raw }

        deinit { unsafe PQclear(raw) }

        var isDone: Bool {
            let status = unsafe PQresultStatus(raw)
            return [PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_COPY_IN, PGRES_COPY_OUT].contains { $0 == status }
        }

        var rowCount: Int { Int(unsafe PQntuples(raw)) }

        var rows: [[String]] {
            let columns = unsafe PQnfields(raw)
            return (0..<Int32(rowCount)).map { row in
                (0..<columns).map { unsafe String(cString: PQgetvalue(raw, row, $0)) }
            }
        }
    }
}
