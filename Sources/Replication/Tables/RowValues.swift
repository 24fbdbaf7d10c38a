internal import Postgres
internal import Projections
internal import TradeModel

/// The ledger's values as PostgreSQL's.
extension BinaryRows {
    mutating func append(uuid id: EventID) {
        append(uuidHigh: id.high, low: id.low)
    }

    mutating func append(_ time: Timestamp?) {
        guard let time else { return appendNull() }
        append(timestampMicrosecondsSince1970: time.microsecondsSince1970)
    }

    mutating func append(_ decimal: Decimal?) {
        guard let decimal else { return appendNull() }
        append(numericCoefficient: decimal.coefficient, scale: decimal.scale)
    }

    mutating func append(text: ArraySlice<UInt8>?) {
        guard let text else { return appendNull() }
        append(text: text)
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
