import TradeModel

/// docs/events.md: every event type with its fields and an example, and every rejection code.
enum EventsPage {
    static func text() throws -> String {
        var page = """
            # Events

            Written by `tools/generate` from the declarations in `Sources/TradeModel`; edit those.

            An event is one line of JSON. Every event has `type`, the id of its subject, such as `trade_id`, and \
            `occurred_at`: RFC 3339 with an offset, or whole milliseconds since 1970. `event_id`, a UUID, \
            is optional: an event that is sent again with it is recognised. Without one, the event gets a UUIDv7 of \
            the ledger, which the receipt has, and which is recognised too. A null is the same as an absent field. \
            The ledger's own fields `sequence`, `recorded_at` and `ledger_id` are ignored on input, so the output of \
            `tradeledger events` can be appended to another ledger.

            A decimal is a JSON number or a string, and is read exactly: a coefficient of 128 bits and at most \
            \(Decimal.scaleMax) fraction digits. The limits of texts count bytes of UTF-8.

            """
        for family in EventFamily.all {
            page +=
                family.subject.map { subject in
                    """

                    ## The family `\(family.name)`

                    \(family.meaning) `\(subject.name)` is the id of its subject: \(subjectValue(of: family, subject)).

                    """
                } ?? ""
            if !family.foldRules.isEmpty {
                page += "\n" + family.foldRules.map { "- \($0)" }.joined(separator: "\n") + "\n"
            }
            for type in family.eventTypes where type.isSentByProducers { page += try section(type) }
        }
        page += """

            ## `\(EventType.lost.name)`

            \(EventType.lost.meaning) Only `tradeledger repair` writes it.

            ## Fields

            `fee` is a decimal in the quote currency, or an object with `cost`, `currency` and `quote_cost`: the \
            fields `fee_cost`, `fee_currency` and `fee_quote_cost` of SQL. A `rate` in it is ignored.

            \(fields)

            ## Rejections

            A rejected event changes nothing. Its line, code and time are kept: `tradeledger rejected` lists them. The \
            rules are checked in this order, and the first that is broken gives the code.

            \(rejections)

            """
        return page
    }

    private static func section(_ type: EventType) throws -> String {
        let rules = type.rules
        let optional = type.optionalFields.filter { !rules.exactlyOne.contains($0) }
        let alternatives = rules.exactlyOne.map { "`\($0.name)`" }.joined(separator: " or ")
        let required =
            (type.requiredFields.isEmpty ? "" : "Required: \(inputNames(type.requiredFields)). ")
            + (alternatives.isEmpty ? "" : "One of: \(alternatives). ")
        return """

            ### `\(type.name)`

            \(type.meaning)

            \(required)Optional: \(inputNames(optional)).

            ```json
            \(try example(type))
            ```

            """
    }

    /// An event with the required fields and those that most producers send.
    private static func example(_ type: EventType) throws -> String {
        var usual: [Field] = [.feeCost, .feeCurrency, .strategy, .account, .venue, .fillID, .context]
        if type == .closed { usual.append(.reason) }
        let present = type.requiredFields + type.rules.exactlyOne.prefix(1)
        let fields = present + usual.filter { type.optionalFields.contains($0) }
        let time = Timestamp(microsecondsSince1970: 1_772_438_400_125_000 + Int64(type.rawValue) * 3_600_000_000)
        var values = Dictionary(uniqueKeysWithValues: fields.map { ($0, $0.example) })
        // A trade records each fill once, so that these events can follow each other.
        if values[.fillID] != nil { values[.fillID] = "f-900\(type.rawValue)" }
        let draft = try EventDraft(type, subject: type.subject?.example ?? "", occurredAt: time, fields: values)
        var line: [UInt8] = []
        EventJSON.write(draft, into: &line)
        return String(decoding: line, as: UTF8.self)
    }

    private static func inputNames(_ fields: [Field]) -> String {
        codeList(
            fields.compactMap { field in
                if field == .feeCost { return "fee" }
                return field.isPartOfFee ? nil : field.name
            }
        )
    }

    private static var fields: String {
        var table = MarkdownTable([("field", "---"), ("value", "---"), ("meaning", "---")])
        for field in Field.all { table.add(["`\(field.name)`", value(field), field.meaning]) }
        return table.text
    }

    private static func subjectValue(of family: EventFamily, _ subject: Field) -> String {
        guard case .text = subject.kind, let type = family.eventTypes.first else { return value(subject) }
        let byteCounts = type.subjectByteCounts
        return "text, \(byteCounts.lowerBound) to \(byteCounts.upperBound) bytes"
    }

    private static func value(_ field: Field) -> String {
        switch field.kind {
        case .decimal: "decimal"
        case .uuid: "UUID"
        case .object: "object"
        case .choice(let choices): "text: \(codeList(choices))"
        case .side: "text: `buy` or `sell`"
        case .flag: "`true` or `false`"
        case .scope: "text: \(Scope.expected)"
        case .count: "whole number from 0 to 2^63 - 1"
        case .quantityOrRest: "decimal, or `rest`"
        case .text(let byteCounts): "text, \(byteCounts.lowerBound) to \(byteCounts.upperBound) bytes"
        }
    }

    private static var rejections: String {
        var table = MarkdownTable([("code", "---"), ("what is wrong", "---"), ("what to do", "---")])
        for code in RejectionCode.allCases { table.add(["`\(code.rawValue)`", code.meaning, code.remedy]) }
        return table.text
    }
}
