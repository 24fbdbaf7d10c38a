internal import Projections
internal import Records
internal import TradeModel

/// Writes the answer that is a list: its elements, the last event that it rests on, and where its next page begins.
struct ListWriter {
    private var json = JSONWriter()
    private var count = 0
    private let countMax: Int

    /// A page ends after so many bytes, so that the memory of an answer is bounded.
    private static let byteCountMax = 8 << 20

    /// A list of at most so many elements.
    init(countMax: Int = .max) {
        self.countMax = countMax
        json.beginObject()
        json.key("data")
        json.beginArray()
    }

    /// Whether the page ends before the next element.
    var isFull: Bool { count >= countMax || json.bytes.count >= Self.byteCountMax }

    /// Appends an element that is JSON.
    mutating func append(json element: [UInt8]) {
        json.value(json: element)
        count += 1
    }

    /// Appends a record.
    mutating func append(_ record: Record) {
        json.value(record)
        count += 1
    }

    /// Appends a row with these columns.
    mutating func append<Row>(_ row: Row, _ columns: [Column<Row>]) {
        json.row(row, columns)
        count += 1
    }

    /// The answer that rests on the events up to a sequence; `next` is the cursor of the next page.
    ///
    /// It has an `ETag` if it changes with new events alone.
    consuming func answer(at sequence: UInt64, next: String? = nil, hasTag: Bool = true) -> Answer {
        json.endArray()
        json.key("sequence")
        json.value(sequence)
        json.key("next")
        if let next { json.value(next) } else { json.null() }
        json.endObject()
        return Answer(json: json.bytes, at: hasTag ? sequence : nil)
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
        var list = ListWriter()
        for row in rows { list.append(row, columns) }
        self = list.answer(at: sequence)
    }
}
