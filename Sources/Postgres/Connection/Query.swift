import CPQ

/// A value for `$1`, `$2`, … of a query.
package enum Parameter: Equatable, Sendable {
    case null
    /// The text form of any type: the server infers the type from the query.
    case text(String)
    case int64(Int64)
    case bytes([UInt8])

    /// The type sent to the server, as an object identifier of `pg_type`; 0 lets it infer one.
    fileprivate var typeIdentifier: UInt32 {
        switch self {
        case .null, .text: 0
        case .int64: 20
        case .bytes: 17
        }
    }
}

extension Connection {
    /// Runs one or several statements and drops what they return.
    ///
    /// Without a BEGIN they are one transaction.
    package mutating func execute(_ sql: String) throws(PostgresError) {
        try Self.checkText(sql)
        try unsafe wire.check(PQsendQuery(raw, sql))
        _ = try completed()
    }

    /// Runs one statement, its parameters apart from its text.
    package mutating func query(
        _ sql: String,
        _ parameters: [Parameter] = []
    ) throws(PostgresError) -> QueryResult {
        try Self.checkText(sql)
        let arguments = try Arguments(parameters)
        let types = parameters.map(\.typeIdentifier)
        let isSent = unsafe arguments.values.withUnsafePointers { values in
            unsafe PQsendQueryParams(
                raw,
                sql,
                arguments.count,
                types,
                values,
                arguments.byteCounts,
                arguments.formats,
                textFormat
            )
        }
        try wire.check(isSent)
        return try completed()
    }

    /// Prepares a statement under a name that is valid for the session.
    package mutating func prepare(name: String, sql: String) throws(PostgresError) {
        try Self.checkText(sql)
        try unsafe wire.check(PQsendPrepare(raw, name, sql, 0, nil))
        _ = try completed()
    }

    /// Runs a statement that `prepare` has named.
    package mutating func queryPrepared(
        _ name: String,
        _ parameters: [Parameter] = []
    ) throws(PostgresError) -> QueryResult {
        let arguments = try Arguments(parameters)
        let isSent = unsafe arguments.values.withUnsafePointers { values in
            unsafe PQsendQueryPrepared(
                raw,
                name,
                arguments.count,
                values,
                arguments.byteCounts,
                arguments.formats,
                textFormat
            )
        }
        try wire.check(isSent)
        return try completed()
    }

    /// Waits for the result of what was sent, or throws the fault that it reports.
    private func completed() throws(PostgresError) -> QueryResult {
        try unsafe completed(wire.lastResult())
    }

    /// Takes ownership of the result, or throws the fault that it reports.
    func completed(_ result: OpaquePointer?) throws(PostgresError) -> QueryResult {
        if let result = unsafe result {
            switch unsafe PQresultStatus(result) {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
                return unsafe QueryResult(owning: result)
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                // Its pending data blocks every later statement.
                unsafe PQclear(result)
                wire.end()
                throw PostgresError(kind: .protocolViolation, message: "COPY was sent as a plain statement")
            default:
                break
            }
        }
        defer { unsafe PQclear(result) }
        throw unsafe PostgresError.fault(result: result, connection: raw)
    }

    /// A zero byte would silently cut the text short.
    fileprivate static func checkText(_ text: String) throws(PostgresError) {
        guard !text.utf8.contains(0) else {
            throw PostgresError(kind: .invalidArgument, message: "a text for the database holds a zero byte")
        }
    }
}

private let textFormat: Int32 = 0
private let binaryFormat: Int32 = 1

/// The parameters of one call in libpq's parallel arrays.
private struct Arguments {
    var values = CStringArray()
    var byteCounts: [Int32] = []
    var formats: [Int32] = []

    var count: Int32 { Int32(values.count) }

    init(_ parameters: [Parameter]) throws(PostgresError) {
        for parameter in parameters {
            var byteCount: Int32 = 0
            var format = textFormat
            switch parameter {
            case .null:
                values.appendNull()
            case .text(let text):
                try Connection.checkText(text)
                values.append(text)
            case .int64(let number):
                values.append(String(number))
            case .bytes(let bytes):
                values.append(bytes: bytes)
                byteCount = Int32(bytes.count)
                format = binaryFormat
            }
            byteCounts.append(byteCount)
            formats.append(format)
        }
    }
}

/// Values in the form that libpq expects: an array of pointers to zero-terminated strings.
struct CStringArray {
    private var storage: [CChar] = []
    private var offsets: [Int?] = []

    var count: Int { offsets.count }

    mutating func append(_ string: String) {
        offsets.append(storage.count)
        storage.append(contentsOf: string.utf8.lazy.map { CChar(bitPattern: $0) })
        storage.append(0)
    }

    /// Binary values may contain zeros; their length is passed separately.
    mutating func append(bytes: [UInt8]) {
        offsets.append(storage.count)
        storage.append(contentsOf: bytes.lazy.map { CChar(bitPattern: $0) })
        storage.append(0)
    }

    mutating func appendNull() {
        offsets.append(nil)
    }

    /// The pointers are valid during `body` only.
    func withUnsafePointers<Value>(_ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value) -> Value {
        unsafe storage.withUnsafeBufferPointer { bytes in
            // libpq's arrays of keywords end in a null pointer; its arrays of values do not mind one.
            var pointers: [UnsafePointer<CChar>?] = unsafe []
            for offset in offsets {
                if let offset, let start = bytes.baseAddress {
                    unsafe pointers.append(start + offset)
                } else {
                    unsafe pointers.append(nil)
                }
            }
            unsafe pointers.append(nil)
            return unsafe pointers.withUnsafeBufferPointer { buffer in
                guard let start = buffer.baseAddress else {
                    preconditionFailure("the array holds at least its terminator")
                }
                return unsafe body(start)
            }
        }
    }
}
