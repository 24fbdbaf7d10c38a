internal import Ledger
internal import Postgres
internal import Projections
internal import TradeModel

/// The ledger's values as PostgreSQL's.
extension BinaryRows {
    mutating func append(uuid id: EventID) {
        append(uuidHigh: id.high, low: id.low)
    }

    mutating func append(_ time: Timestamp) {
        append(timestampMicrosecondsSince1970: time.microsecondsSince1970)
    }

    mutating func append(_ decimal: Decimal) {
        append(numericCoefficient: decimal.coefficient, scale: decimal.scale)
    }

    /// Appends the value of a projection's column.
    ///
    /// Throws where the value has more digits than `numeric` holds.
    mutating func append(_ value: ColumnValue) throws(PostgresError) {
        switch value {
        case .uuid(let id): append(uuid: id)
        case .text(let text): append(text: text)
        case .bigint(let integer): append(int64: integer)
        case .decimal(let decimal): append(decimal)
        case .number(let number):
            if let decimal = number.decimal { append(decimal) } else { try append(numericText: number.description) }
        case .bool(let bool): append(bool: bool)
        case .time(let time): append(time)
        case .json(let bytes): append(text: bytes[...])
        case .null: appendNull()
        }
    }
}

extension OutputSpan<UInt8> {
    mutating func appendField(uuid id: EventID) {
        appendField(uuidHigh: id.high, low: id.low)
    }

    mutating func appendField(_ time: Timestamp) {
        appendField(timestampMicrosecondsSince1970: time.microsecondsSince1970)
    }

    mutating func appendField(_ decimal: Decimal) {
        appendField(numericCoefficient: decimal.coefficient, scale: decimal.scale)
    }
}

/// The place of a value in the database, for messages about values that no program of the ledger can have written.
///
/// Every value that is read from the tables of schema `ledger` is checked here before anything is computed with it.
struct StoredValue {
    let table: String
    let column: String
    /// Which row it is in, for people: `ledger …`, `event 17`.
    let row: String

    /// The error of a value that is none of those that the column can have.
    func foreign(_ content: String?) -> PostgresError {
        PostgresError(
            kind: .foreignValue,
            message: "\(table).\(column) holds \(content ?? "NULL") in the row of \(row)"
        )
    }

    /// The value that a row of COPY has, decoded.
    ///
    /// Throws `foreignValue` for NULL, and for what cannot be decoded: `NaN`, an infinity, bytes of another length.
    func required<Value>(
        _ decode: @autoclosure () throws(PostgresError) -> Value?
    ) throws(PostgresError) -> Value {
        do throws(PostgresError) {
            guard let value = try decode() else { throw foreign(nil) }
            return value
        } catch {
            guard error.kind == .protocolViolation else { throw error }
            throw foreign("what it cannot hold (\(error.message))")
        }
    }
}

extension Connection {
    /// The answer to a question: the boolean that the query selects, false for NULL and without a row.
    mutating func isTrue(_ query: String, _ parameters: [Parameter] = []) throws(PostgresError) -> Bool {
        let result = try self.query(query, parameters)
        return result.rowCount > 0 && result.text(row: 0, column: 0) == "t"
    }

    /// Runs a statement that gets a ledger as `$1`, and the other parameters after it.
    @discardableResult
    mutating func query(
        _ sql: String,
        of ledgerID: EventID,
        _ others: Parameter...
    ) throws(PostgresError) -> QueryResult {
        try query(sql, [.text(ledgerID.description)] + others)
    }

    /// Deletes all but one of the ledger's rows that have the same key, and returns how many it deleted.
    ///
    /// There are such rows only if the key of the table was dropped. The key is an expression over a row `kept`.
    @discardableResult
    mutating func deleteDoubledRows(
        of ledgerID: EventID,
        from table: String,
        by key: String
    ) throws(PostgresError) -> Int {
        let result = try query(
            """
            DELETE FROM \(table) WHERE ctid = ANY (ARRAY(
                SELECT place
                FROM (
                    SELECT kept.ctid AS place, row_number() OVER (PARTITION BY \(key) ORDER BY kept.ctid) AS number
                    FROM \(table) AS kept WHERE kept.ledger_id = $1
                ) AS numbered
                WHERE number > 1
            ))
            """,
            of: ledgerID
        )
        return result.affectedRowCount
    }
}

extension QueryResult {
    /// A sequence, 0 before any; nil where the value is NULL, negative or no integer.
    func sequence(row: Int, column: Int) -> UInt64? { text(row: row, column: column).flatMap { UInt64($0) } }

    /// A root; nil where the value is NULL or has not 32 bytes.
    func root(row: Int, column: Int) -> MerkleHash? { bytes(row: row, column: column).flatMap { MerkleHash($0) } }

    /// What a value is, as a message shows it: never more than a few bytes of it.
    func shown(row: Int, column: Int) -> String? {
        text(row: row, column: column).map { $0.utf8.count <= 40 ? $0 : "\($0.utf8.count) bytes of text" }
    }
}
