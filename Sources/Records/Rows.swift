internal import Ledger
package import Projections
package import Replay
package import Statistics
package import TradeModel

extension Record {
    /// The record of a row, with these columns.
    package init<Row>(_ row: Row, _ columns: [Column<Row>]) {
        self = columns.map { ($0.name, Cell($0.value(row))) }
    }

    /// The record of figures; those of all trades have no group.
    package init(_ row: PerformanceRow, _ query: PerformanceQuery) {
        let columns = PerformanceColumn.all.filter { query.grouping != nil || $0.name != "group" }
        self = columns.map { ($0.name, Cell($0.value(row).value)) }
    }
}

extension JSONWriter {
    /// A row as an object, with these columns.
    package mutating func row<Row>(_ row: Row, _ columns: [Column<Row>]) {
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

extension Cell {
    /// The value of a column.
    package init(_ value: ColumnValue) {
        switch value {
        case .text(let text): self = .text(text)
        case .decimal(let decimal): self = .decimal(decimal)
        case .uuid(let id): self = .text(id.description)
        case .bigint(let integer): self = .integer(integer)
        case .number(let number): self = .text(number.description)
        case .time(let time): self = .time(time)
        case .bool(let bool): self = .bool(bool)
        case .json(let bytes): self = .json(bytes)
        case .null: self = .null
        }
    }

    /// The value of a figure; null where there is none.
    init(_ value: FigureValue?) {
        switch value {
        case nil: self = .null
        case .integer(let integer): self = .integer(Int64(integer))
        case .decimal(let decimal): self = .decimal(decimal)
        case .binary(let number): self = .text(SignificantText.of(number))
        case .text(let text): self = .text(text)
        case .time(let time): self = .time(time)
        case .json(let bytes): self = .json(bytes)
        }
    }
}

/// How far each ledger was read, for programs.
package enum LedgerPositions {
    /// The ledgers as a JSON array.
    package static func json(_ positions: [PerformanceReplay.Position]) -> [UInt8] {
        var json = JSONWriter()
        json.beginArray()
        for position in positions {
            json.beginObject()
            json.key("ledger_id")
            json.value(position.ledgerID)
            json.key("name")
            if let name = position.name { json.value(name.description) } else { json.null() }
            json.key("last_sequence")
            json.value(position.lastSequence)
            json.key("root")
            json.value(position.root.description)
            json.endObject()
        }
        json.endArray()
        return json.bytes
    }
}

extension Record {
    /// The record of a day of equity, with the columns of the view `equity_daily`.
    package init(_ row: DailyEquity.Row) {
        self = [
            ("quote", .text(row.quote.text)), ("day", .text(row.day.day.description)),
            ("capital_in", .text(row.day.capitalIn.description)),
            ("capital_out", .text(row.day.capitalOut.description)), ("net_pnl", .text(row.day.pnl.description)),
            ("equity", .text(row.day.equity.description)),
        ]
    }
}
