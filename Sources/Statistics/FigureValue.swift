package import TradeModel

/// The value of a column of `performance`.
package enum FigureValue: Sendable, Equatable {
    case integer(Int)
    case decimal(Decimal)
    /// A number in binary64, which is printed with 12 significant digits.
    case binary(Double)
    case text(String)
    case time(Timestamp)
    /// JSON text.
    case json([UInt8])
}

/// What a figure is measured in.
///
/// The raw value is its name in the documentation.
package enum FigureUnit: String, Sendable {
    case count
    /// The quote currency of the set.
    case money
    /// A share of 1, or a rate a year.
    case fraction
    /// A number without a unit.
    case ratio
    /// Hundredths.
    case percent
    case seconds
    case days
    case time
    case text
    /// JSON.
    case list
}

extension Figure {
    /// The same figure in another form.
    func map<Other>(_ transform: (Value) -> Other) -> Figure<Other> {
        switch self {
        case .value(let value, let n): .value(transform(value), n: n)
        case .null(let reason, let n): .null(reason: reason, n: n)
        }
    }
}

extension Figure<Decimal> {
    var cell: Figure<FigureValue> { map { FigureValue.decimal($0) } }
}

extension Figure<Double> {
    var cell: Figure<FigureValue> { map { FigureValue.binary($0) } }
}

extension Figure<String> {
    var cell: Figure<FigureValue> { map { FigureValue.text($0) } }
}

extension Figure<Int> {
    var cell: Figure<FigureValue> { map { FigureValue.integer($0) } }
}

extension JSONWriter {
    /// The text of an array.
    static func array<Element>(
        _ elements: [Element],
        _ write: (inout JSONWriter, Element) -> Void
    ) -> [UInt8] {
        var json = JSONWriter()
        json.beginArray()
        for element in elements { write(&json, element) }
        json.endArray()
        return json.bytes
    }

    /// The text of an object.
    static func object(_ members: [(String, FigureValue?)]) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        for (name, value) in members {
            json.key(name)
            if let value { json.value(value) } else { json.null() }
        }
        json.endObject()
        return json.bytes
    }

    private mutating func value(_ figure: FigureValue) {
        switch figure {
        case .integer(let integer): value(integer)
        case .decimal(let decimal): value(decimal)
        case .binary(let number): value(SignificantText.of(number))
        case .text(let text): value(text)
        case .time(let time): value(time)
        case .json(let bytes): value(json: bytes)
        }
    }
}
