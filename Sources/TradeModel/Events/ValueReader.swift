/// Decodes the values of a line by field; throws `invalid_field` and `number_out_of_range`.
enum ValueReader {
    /// What a body holds for a text field: bytes of the line, or others that mean the same.
    enum Text {
        case asWritten(Range<Int>)
        case rewritten([UInt8])
    }

    /// What a body holds for a field.
    enum Content {
        case decimal(Decimal)
        case uuid(EventID)
        /// A text, or an object.
        case text(Text)
    }

    /// What a body holds for the value of a field of a type; `name` is the name by which the line gives it.
    static func content(
        _ value: JSONValue,
        _ line: Span<UInt8>,
        of field: Field,
        in type: EventType?,
        name: @autoclosure () -> String
    ) throws(Rejection) -> Content {
        switch field.form {
        case .decimal: .decimal(try decimal(value, line, name: name()))
        case .uuid: .uuid(try uuid(value, line, name: name()))
        case .text: .text(try text(value, line, of: field, in: type, name: name()))
        case .json: .text(.asWritten(try object(value, line, name: name())))
        }
    }

    static func type(_ value: JSONValue, _ line: Span<UInt8>) -> EventType? {
        guard value.kind == .string else { return nil }
        return value.withContent(in: line) { EventType(name: $0) }
    }

    static func checkType(_ type: EventType?, _ value: JSONValue, _ line: Span<UInt8>) throws(Rejection) {
        guard let type else {
            throw invalid(value, line, "type", expectedTypes(value, line))
        }
        guard type.isSentByProducers else { throw .reservedType(type) }
    }

    /// What a type can be: those of the family that was named, or else one of each family.
    private static func expectedTypes(_ value: JSONValue, _ line: Span<UInt8>) -> String {
        let families = EventFamily.all.filter(\.isSentByProducers)
        let given = value.kind == .string ? value.withContent(in: line) { $0.text } : ""
        if let family = families.first(where: { given.hasPrefix("\($0.name).") }) {
            return "one of \(family.eventTypes.map(\.name).joined(separator: ", "))"
        }
        let examples = families.compactMap { $0.eventTypes.first?.name }
        return "a type of event such as \(examples.joined(separator: ", "))"
    }

    /// The id of what an event of a type is about.
    static func subject(_ value: JSONValue, _ line: Span<UInt8>, of type: EventType?) throws(Rejection) -> Text {
        guard let subject = type?.subject else { preconditionFailure("only a known type tells its subject") }
        if subject.kind == .scope { return try scope(value, line, of: subject) }
        return try text(value, line, name: subject.name, type?.subjectByteCounts ?? 0...0)
    }

    static func uuid(_ value: JSONValue, _ line: Span<UInt8>, name: String) throws(Rejection) -> EventID {
        guard value.kind == .string, let id = value.withContent(in: line, { EventID(parsing: $0) }) else {
            throw invalid(value, line, name, "a UUID such as 0190a5b4-7c3e-7d21-9f3a-5b6c7d8e9f00")
        }
        return id
    }

    static func occurredAt(_ value: JSONValue, _ line: Span<UInt8>) throws(Rejection) -> Timestamp {
        let time: Timestamp? =
            switch value.kind {
            case .string: value.withContent(in: line) { Timestamp(rfc3339: $0) }
            case .number: Timestamp(milliseconds: line.extracting(value.range))
            default: nil
            }
        guard let time, value.kind == .string || time >= .leastMilliseconds else { throw noTime(value, line) }
        return time
    }

    /// Why a value is not a time, with what was most likely meant.
    private static func noTime(_ value: JSONValue, _ line: Span<UInt8>) -> Rejection {
        let given = "\"occurred_at\" is \(excerpt(of: line.extracting(value.range)))"
        if value.kind == .string, value.withContent(in: line, { Timestamp.lacksOffset($0) }) {
            return Rejection(
                .invalidField,
                "\(given), which lacks its offset from UTC; end it in Z for UTC, or in an offset such as +02:00."
            )
        }
        if value.kind == .number, let seconds = mistakenSeconds(value, line) {
            return Rejection(
                .invalidField,
                "\(given), which is too small for milliseconds since 1970; as seconds it would be \(seconds). "
                    + "Send milliseconds, or RFC 3339."
            )
        }
        return invalid(
            value,
            line,
            "occurred_at",
            "a time of the years 1970 to 9999 by RFC 3339, or whole milliseconds since 1970 from 2001 on"
        )
    }

    private static func mistakenSeconds(_ value: JSONValue, _ line: Span<UInt8>) -> Timestamp? {
        do throws(DecimalError) {
            return Timestamp(mistakenSeconds: try Decimal(parsing: line.extracting(value.range)))
        } catch {
            return nil
        }
    }

    private static func decimal(
        _ value: JSONValue,
        _ line: Span<UInt8>,
        name: @autoclosure () -> String
    ) throws(Rejection) -> Decimal {
        do throws(DecimalError) {
            switch value.kind {
            case .number: return try Decimal(parsing: line.extracting(value.range))
            case .string:
                return try value.withContent(in: line) { (text) throws(DecimalError) in try Decimal(parsing: text) }
            default: break
            }
        } catch {
            switch error {
            case .notANumber:
                throw invalid(value, line, name(), "a decimal such as \"0.1\" or 1e-7")
            case .outOfRange:
                throw Rejection(
                    .numberOutOfRange,
                    "\"\(name())\" is \(excerpt(of: line.extracting(value.range))), which does not fit a decimal: "
                        + "a 128-bit coefficient and at most \(Decimal.scaleMax) fraction digits."
                )
            }
        }
        let orObject = name() == "fee" ? ", or an object with cost" : ""
        throw invalid(value, line, name(), "a decimal, as a number or a string\(orObject)")
    }

    private static func object(_ value: JSONValue, _ line: Span<UInt8>, name: String) throws(Rejection) -> Range<Int> {
        guard value.kind == .object else { throw invalid(value, line, name, "an object") }
        return value.range
    }

    /// The text of a field, which for some is not that of the line.
    private static func text(
        _ value: JSONValue,
        _ line: Span<UInt8>,
        of field: Field,
        in type: EventType?,
        name: @autoclosure () -> String
    ) throws(Rejection) -> Text {
        switch field.kind {
        case .side: try side(value, line)
        case .choice(let choices):
            try choice(value, line, name: field.name, type?.rules.choices[field] ?? choices)
        case .quantityOrRest: try quantityOrRest(value, line, of: field)
        case .flag: try flag(value, line, of: field)
        case .scope: try scope(value, line, of: field)
        case .count: try count(value, line, of: field)
        case .text(let byteCounts): try text(value, line, name: name(), byteCounts)
        case .decimal, .uuid, .object: preconditionFailure("no text")
        }
    }

    private static func text(
        _ value: JSONValue,
        _ line: Span<UInt8>,
        name: @autoclosure () -> String,
        _ byteCounts: ClosedRange<Int>
    ) throws(Rejection) -> Text {
        guard value.kind == .string else { throw invalid(value, line, name(), "a string") }
        let text = value.hasEscapes ? Text.rewritten(value.unescaped(in: line)) : .asWritten(value.contentRange)
        guard byteCounts.contains(text.byteCount) else {
            throw Rejection(
                .invalidField,
                "\"\(name())\" has \(text.byteCount) bytes, but must have \(byteCounts.lowerBound) to "
                    + "\(byteCounts.upperBound)."
            )
        }
        return text
    }

    private static func side(_ value: JSONValue, _ line: Span<UInt8>) throws(Rejection) -> Text {
        let side: String? =
            value.kind != .string
            ? nil
            : value.withContent(in: line) { name in
                if name.holdsInAnyCase("buy") || name.holdsInAnyCase("long") { return "buy" }
                return name.holdsInAnyCase("sell") || name.holdsInAnyCase("short") ? "sell" : nil
            }
        guard let side else { throw invalid(value, line, "side", "buy, sell, long or short") }
        return .rewritten(Array(side.utf8))
    }

    private static func choice(
        _ value: JSONValue,
        _ line: Span<UInt8>,
        name: String,
        _ choices: [String]
    ) throws(Rejection) -> Text {
        let chosen = choices.first { choice in
            value.kind == .string && value.withContent(in: line) { $0.holds(choice) }
        }
        guard let chosen else { throw invalid(value, line, name, "one of \(choices.joined(separator: ", "))") }
        return .rewritten(Array(chosen.utf8))
    }

    private static func flag(_ value: JSONValue, _ line: Span<UInt8>, of field: Field) throws(Rejection) -> Text {
        guard value.kind == .bool else { throw invalid(value, line, field.name, "true or false, without quotes") }
        return .asWritten(value.range)
    }

    private static func count(_ value: JSONValue, _ line: Span<UInt8>, of field: Field) throws(Rejection) -> Text {
        let number = try decimal(value, line, name: field.name)
        guard number.scale == 0, let count = Int64(exactly: number.coefficient), count >= 0 else {
            throw invalid(value, line, field.name, "a whole number from 0 to \(Int64.max)")
        }
        return .rewritten(Array(String(count).utf8))
    }

    private static func scope(_ value: JSONValue, _ line: Span<UInt8>, of field: Field) throws(Rejection) -> Text {
        let text = try text(value, line, name: field.name, field.kind.byteCounts)
        let isScope =
            switch text {
            case .asWritten(let range): Scope(line.extracting(range)) != nil
            case .rewritten(let bytes): Scope(bytes.span) != nil
            }
        guard isScope else { throw invalid(value, line, field.name, Scope.expected) }
        return text
    }

    private static func quantityOrRest(
        _ value: JSONValue,
        _ line: Span<UInt8>,
        of field: Field
    ) throws(Rejection) -> Text {
        if value.kind == .string, value.withContent(in: line, { $0.holds("rest") }) {
            return .rewritten(Array("rest".utf8))
        }
        let expected = "a decimal that is not negative, or \"rest\""
        let amount: Decimal
        do throws(Rejection) {
            amount = try decimal(value, line, name: field.name)
        } catch {
            guard error.code == .invalidField else { throw error }
            throw invalid(value, line, field.name, expected)
        }
        guard !amount.isNegative else { throw invalid(value, line, field.name, expected) }
        var text: [UInt8] = []
        amount.write(into: &text)
        return .rewritten(text)
    }

    private static func invalid(
        _ value: JSONValue,
        _ line: Span<UInt8>,
        _ name: String,
        _ expected: String
    ) -> Rejection {
        Rejection(
            .invalidField,
            "\"\(name)\" is \(excerpt(of: line.extracting(value.range))), but must be \(expected)."
        )
    }
}

extension ValueReader.Text {
    fileprivate var byteCount: Int {
        switch self {
        case .asWritten(let range): range.count
        case .rewritten(let bytes): bytes.count
        }
    }
}
