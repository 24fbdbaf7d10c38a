/// Reads the values of a line as what their fields hold; throws `invalid_field` and `number_out_of_range`.
struct ValueReader {
    let line: ArraySlice<UInt8>

    func type(_ value: JSONValue) throws(Rejection) -> EventType {
        guard value.kind == .string,
            let type = EventType(name: String(decoding: value.content(in: line), as: UTF8.self))
        else {
            let names = EventType.sentByProducers.map(\.name)
            throw invalid(value, "type", "one of \(names.joined(separator: ", "))")
        }
        guard type.isSentByProducers else { throw .reservedType(type) }
        return type
    }

    func tradeID(_ value: JSONValue) throws(Rejection) -> ArraySlice<UInt8> {
        try text(value, name: "trade_id", byteCounts: 1...Limits.identifierByteCountMax)
    }

    func eventID(_ value: JSONValue) throws(Rejection) -> EventID {
        guard value.kind == .string, let id = EventID(parsing: value.content(in: line)) else {
            throw invalid(value, "event_id", "a UUID such as 0190a5b4-7c3e-7d21-9f3a-5b6c7d8e9f00")
        }
        return id
    }

    func occurredAt(_ value: JSONValue) throws(Rejection) -> Timestamp {
        let time: Timestamp? =
            switch value.kind {
            case .string: Timestamp(rfc3339: value.content(in: line))
            case .number: Timestamp(milliseconds: value.raw(in: line))
            default: nil
            }
        guard let time else {
            throw invalid(
                value,
                "occurred_at",
                "a time of the years 1970 to 9999, by RFC 3339 or in whole milliseconds since 1970"
            )
        }
        return time
    }

    func decimal(_ value: JSONValue, name: @autoclosure () -> String) throws(Rejection) -> Decimal {
        guard let text = decimalText(value) else {
            let orObject = name() == "fee" ? ", or an object with cost" : ""
            throw invalid(value, name(), "a decimal, as a number or a string\(orObject)")
        }
        do throws(DecimalError) {
            return try Decimal(parsing: text)
        } catch {
            switch error {
            case .notANumber:
                throw invalid(value, name(), "a decimal such as \"0.1\" or 1e-7")
            case .outOfRange:
                throw Rejection(
                    .numberOutOfRange,
                    "\"\(name())\" is \(excerpt(of: value.raw(in: line))), which does not fit a decimal: "
                        + "a 128-bit coefficient and at most \(Decimal.scaleMax) fraction digits."
                )
            }
        }
    }

    func object(_ value: JSONValue, name: String) throws(Rejection) -> ArraySlice<UInt8> {
        guard value.kind == .object else { throw invalid(value, name, "an object") }
        return value.raw(in: line)
    }

    /// The bytes that a body holds for a text field, which for some are not those of the line.
    func text(
        _ value: JSONValue,
        of field: Field,
        name: @autoclosure () -> String,
        _ byteCountMax: Int
    ) throws(Rejection) -> ArraySlice<UInt8> {
        switch field {
        case .side: try side(value)
        case .kind: try kind(value)
        case .dust: try dust(value)
        case .symbol: try text(value, name: name(), byteCounts: 1...byteCountMax)
        default: try text(value, name: name(), byteCounts: 0...byteCountMax)
        }
    }

    private func text(
        _ value: JSONValue,
        name: @autoclosure () -> String,
        byteCounts: ClosedRange<Int>
    ) throws(Rejection) -> ArraySlice<UInt8> {
        guard value.kind == .string else { throw invalid(value, name(), "a string") }
        let text = value.content(in: line)
        guard byteCounts.contains(text.count) else {
            throw Rejection(
                .invalidField,
                "\"\(name())\" has \(text.count) bytes, "
                    + "but must have \(byteCounts.lowerBound) to \(byteCounts.upperBound)."
            )
        }
        return text
    }

    private func side(_ value: JSONValue) throws(Rejection) -> ArraySlice<UInt8> {
        let name = value.kind == .string ? value.content(in: line) : []
        if name.elementsEqual("buy".utf8) || name.elementsEqual("sell".utf8) { return name }
        if name.elementsEqual("long".utf8) { return Array("buy".utf8)[...] }
        if name.elementsEqual("short".utf8) { return Array("sell".utf8)[...] }
        throw invalid(value, "side", "buy, sell, long or short")
    }

    private func kind(_ value: JSONValue) throws(Rejection) -> ArraySlice<UInt8> {
        let name = value.kind == .string ? value.content(in: line) : []
        guard Field.adjustmentKinds.contains(where: { name.elementsEqual($0.utf8) }) else {
            throw invalid(value, "kind", "one of \(Field.adjustmentKinds.joined(separator: ", "))")
        }
        return name
    }

    private func dust(_ value: JSONValue) throws(Rejection) -> ArraySlice<UInt8> {
        if value.kind == .string {
            let text = value.content(in: line)
            if text.elementsEqual("rest".utf8) { return text }
        }
        let expected = "a decimal that is not negative, or \"rest\""
        let amount: Decimal
        do {
            amount = try decimal(value, name: "dust")
        } catch  where error.code == .invalidField {
            throw invalid(value, "dust", expected)
        }
        guard !amount.isNegative else { throw invalid(value, "dust", expected) }
        var text: [UInt8] = []
        amount.write(into: &text)
        return text[...]
    }

    private func decimalText(_ value: JSONValue) -> ArraySlice<UInt8>? {
        switch value.kind {
        case .number: value.raw(in: line)
        case .string: value.content(in: line)
        default: nil
        }
    }

    private func invalid(_ value: JSONValue, _ name: String, _ expected: String) -> Rejection {
        Rejection(.invalidField, "\"\(name)\" is \(excerpt(of: value.raw(in: line))), but must be \(expected).")
    }
}
