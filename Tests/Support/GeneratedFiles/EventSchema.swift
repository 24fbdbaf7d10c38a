import TradeModel

/// schema/trade-event.schema.json: the JSON Schema of a line of input.
enum EventSchema {
    static var text: String { document.text() + "\n" }

    private static var document: OrderedJSON {
        [
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "urn:trade-ledger:trade-event",
            "$comment": "Written by tools/generate from the declarations in Sources/TradeModel; edit those.",
            "title": "Trade event",
            "description": .text(
                """
                One line of input: a JSON object of at most \(Limits.eventLineByteCountMax) bytes without a line feed, \
                strict RFC 8259, no name twice in one object, no U+0000 and no unpaired surrogate. A null is the same \
                as an absent field. The limits of texts count bytes of UTF-8, which a schema cannot express: maxLength \
                is the same bound in characters.
                """
            ),
            "type": "object",
            "required": ["type", "occurred_at"],
            "properties": .object(properties),
            "additionalProperties": .bool(false),
            "allOf": .array(EventType.sentByProducers.map(rule)),
            "$defs": ["decimal": decimal, "notNegative": notNegative, "count": count, "fee": fee],
        ]
    }

    /// The names of the fields in JSON, each once, with its field.
    private static let names: [(name: String, field: Field)] = Field.all.compactMap { field in
        if field == .feeCost { return ("fee", field) }
        return field.isPartOfFee ? nil : (field.name, field)
    }

    private static var properties: [(String, OrderedJSON)] {
        let types = EventType.sentByProducers.map { OrderedJSON.text($0.name) }
        let own: [(String, OrderedJSON)] = [
            ("type", ["description": "What happened.", "enum": .array(types)]),
            (
                "event_id",
                [
                    "type": ["string", "null"], "format": "uuid",
                    "description": "The event's UUID, of any version; the ledger makes a UUIDv7 where it is absent.",
                ]
            ),
            ("occurred_at", occurredAt),
        ]
        let assigned = ["sequence", "recorded_at", "ledger_id"].map { name in
            (name, ["description": "The ledger's own; ignored on input, so that output can be input."] as OrderedJSON)
        }
        return own + names.map { ($0.name, property($0.field)) } + assigned
    }

    private static var occurredAt: OrderedJSON {
        [
            "description": .text(
                """
                When it happened at the venue, in the years 1970 to 9999: RFC 3339 with any offset, digits below a \
                microsecond are cut; or whole milliseconds since 1970. A smaller number is refused: it is most likely \
                a count of seconds.
                """
            ),
            "oneOf": [
                ["type": "string", "format": "date-time"],
                [
                    "type": "integer", "minimum": milliseconds(Timestamp.leastMilliseconds.microsecondsSince1970),
                    "maximum": milliseconds(Timestamp.rangeMicroseconds.upperBound),
                ],
            ],
        ]
    }

    private static func milliseconds(_ microseconds: Int64) -> OrderedJSON { .number(Int(microseconds / 1000)) }

    private static func property(_ field: Field) -> OrderedJSON {
        if field == .feeCost {
            return [
                "description": "A decimal in the quote currency, or an object; negative is a rebate.",
                "anyOf": [["$ref": "#/$defs/decimal"], ["$ref": "#/$defs/fee"], ["type": "null"]],
            ]
        }
        let description = OrderedJSON.text(field.meaning)
        switch field.form {
        case .decimal:
            return ["description": description, "anyOf": [["$ref": "#/$defs/decimal"], ["type": "null"]]]
        case .uuid: return ["type": ["string", "null"], "format": "uuid", "description": description]
        case .json: return ["type": ["object", "null"], "description": description]
        case .text: break
        }
        switch field.kind {
        case .text(let byteCounts):
            let least: [(String, OrderedJSON)] =
                byteCounts.lowerBound > 0 ? [("minLength", .number(byteCounts.lowerBound))] : []
            return .object(
                [("type", ["string", "null"]), ("description", description)] + least
                    + [("maxLength", .number(byteCounts.upperBound))]
            )
        case .side:
            let pattern = "^([Bb][Uu][Yy]|[Ss][Ee][Ll][Ll]|[Ll][Oo][Nn][Gg]|[Ss][Hh][Oo][Rr][Tt])$"
            return ["type": ["string", "null"], "description": description, "pattern": .text(pattern)]
        case .choice(let choices):
            return ["description": description, "enum": .array(choices.map { .text($0) } + [.null])]
        case .flag: return ["type": ["boolean", "null"], "description": description]
        case .scope:
            let kinds = Scope.Kind.allCases.map(\.rawValue).joined(separator: "|")
            return [
                "type": ["string", "null"], "description": description,
                "pattern": .text("^(all|(\(kinds)):.+)$"),
                "maxLength": .number(field.kind.byteCounts.upperBound),
            ]
        case .count:
            return [
                "description": description,
                "anyOf": [["$ref": "#/$defs/count"], ["type": "null"]],
            ]
        case .quantityOrRest:
            let forms: OrderedJSON = [["$ref": "#/$defs/notNegative"], ["const": "rest"], ["type": "null"]]
            return ["description": description, "anyOf": forms]
        case .decimal, .uuid, .object: preconditionFailure("no text")
        }
    }

    /// The rules for the events of one type.
    private static func rule(_ type: EventType) -> OrderedJSON {
        let required = ([type.subject].compactMap { $0 } + type.requiredFields).map { name(of: $0) }
        let rules = type.rules
        let choices = Field.all.compactMap { field in
            rules.choices[field].map { (field.name, ["enum": .array($0.map { .text($0) })] as OrderedJSON) }
        }
        let subject = type.subject?.name
        let present = required.filter { name in !choices.contains { $0.0 == name } }.map { name in
            let isPresent: OrderedJSON = ["not": ["type": "null"]]
            let isSubject: OrderedJSON = ["type": "string", "minLength": .number(type.subjectByteCounts.lowerBound)]
            return (name, name == subject ? isSubject : isPresent)
        }
        let absent = names.filter { !type.allows($0.field) && $0.field != type.subject }.map {
            ($0.name, ["type": "null"] as OrderedJSON)
        }
        var then: [(String, OrderedJSON)] = [("description", .text(type.meaning))]
        if !required.isEmpty { then.append(("required", .array(required.map { .text($0) }))) }
        then.append(("properties", .object(present + choices + absent)))
        if !rules.exactlyOne.isEmpty {
            let alternatives = rules.exactlyOne.map { field in
                let isPresent: OrderedJSON = ["not": ["type": "null"]]
                let properties = OrderedJSON.object([(field.name, isPresent)])
                return ["required": [.text(field.name)], "properties": properties] as OrderedJSON
            }
            then.append(("oneOf", .array(alternatives)))
        }
        return ["if": ["properties": ["type": ["const": .text(type.name)]]], "then": .object(then)]
    }

    private static func name(of field: Field) -> String { field == .feeCost ? "fee" : field.name }

    private static let decimal: OrderedJSON = [
        "description": .text(
            "An exact decimal, read from its text: a 128-bit coefficient, at most \(Decimal.scaleMax) fraction digits."
        ),
        "anyOf": [
            ["type": "number"],
            ["type": "string", "pattern": #"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$"#],
        ],
    ]

    private static let notNegative: OrderedJSON = [
        "description": "A decimal that is 0 or above.",
        "anyOf": [
            ["type": "number", "minimum": .number(0)],
            ["type": "string", "pattern": #"^(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$"#],
        ],
    ]

    private static let count: OrderedJSON = [
        "description": .text("A whole number from 0 to \(Int64.max), also as a string or with an exponent."),
        "anyOf": [
            ["type": "integer", "minimum": .number(0), "maximum": .number(Int.max)],
            ["type": "string", "pattern": #"^(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$"#],
        ],
    ]

    private static var fee: OrderedJSON {
        let parts = Field.feeParts.map { part in
            let isCost = part.field == .feeCost
            let cost: OrderedJSON = ["description": .text(part.field.meaning), "$ref": "#/$defs/decimal"]
            return (part.name, isCost ? cost : property(part.field))
        }
        let rate: OrderedJSON = ["description": "The rate by which the venue computed the fee; ignored."]
        return [
            "description": "A fee in a currency of its own.",
            "type": "object",
            "required": ["cost"],
            "additionalProperties": .bool(false),
            "properties": .object(parts + [("rate", rate)]),
        ]
    }
}
