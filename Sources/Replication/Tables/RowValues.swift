internal import Postgres
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

    mutating func append(text: String?) {
        guard let text else { return appendNull() }
        append(text: text)
    }
}
