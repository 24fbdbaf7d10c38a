internal import Projections
internal import TradeModel

/// Rows as JSON, as the program prints them.
extension JSONWriter {
    /// A row as an object with these columns.
    mutating func row<Row>(_ row: Row, _ columns: [Column<Row>]) {
        beginObject()
        for column in columns {
            key(column.name)
            value(column.value(row))
        }
        endObject()
    }

    private mutating func value(_ value: ColumnValue) {
        switch value {
        case .uuid(let id): self.value(id)
        case .text(let text): self.value(text)
        case .bigint(let integer): self.value(integer)
        case .decimal(let decimal): self.value(decimal)
        case .number(let number): self.value(number.description)
        case .bool(let bool): self.value(bool)
        case .time(let time): self.value(time)
        case .json(let bytes): self.value(json: bytes)
        case .null: null()
        }
    }
}

extension Answer {
    /// One row.
    init<Row>(_ row: Row, _ columns: [Column<Row>], at sequence: UInt64) {
        var json = JSONWriter()
        json.row(row, columns)
        self.init(json: json.bytes, at: sequence)
    }

    /// A whole list of rows.
    init<Row>(list rows: [Row], _ columns: [Column<Row>], at sequence: UInt64) {
        var json = JSONWriter()
        json.beginObject()
        json.key("data")
        json.beginArray()
        for row in rows { json.row(row, columns) }
        json.endArray()
        json.key("sequence")
        json.value(sequence)
        json.key("next")
        json.null()
        json.endObject()
        self.init(json: json.bytes, at: sequence)
    }
}
