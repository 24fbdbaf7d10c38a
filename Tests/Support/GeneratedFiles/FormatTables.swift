import TradeModel

/// The tables of schema/segment-format.md that list event types and fields with their numbers.
enum FormatTables {
    static var types: String {
        var table = MarkdownTable([
            ("type", "---:"), ("name", "---"), ("subject", "---"), ("must have", "---"), ("may also have", "---"),
            ("rules", "---"),
        ])
        for type in EventType.all {
            table.add([
                String(type.rawValue), "`\(type.name)`", codeList([type.subject?.name].compactMap { $0 }),
                codeList(type.requiredFields.map(\.name)),
                codeList(type.optionalFields.map(\.name)), rules(of: type),
            ])
        }
        return table.text
    }

    private static func rules(of type: EventType) -> String {
        let rules = type.rules
        var sentences: [String] = []
        if !rules.exactlyOne.isEmpty { sentences.append("exactly one of \(codeList(rules.exactlyOne.map(\.name)))") }
        for (field, choices) in rules.choices.sorted(by: { $0.key.number < $1.key.number }) {
            sentences.append("`\(field.name)` is one of \(codeList(choices))")
        }
        if let other = rules.differsFromSubject { sentences.append("`\(other.name)` is not the subject") }
        return sentences.joined(separator: "; ")
    }

    static var fields: String {
        var table = MarkdownTable([("number", "---:"), ("field", "---"), ("form", "---")])
        for field in Field.all { table.add([String(field.number), "`\(field.name)`", form(field)]) }
        return table.text
    }

    private static func form(_ field: Field) -> String {
        let byteCounts = field.kind.byteCounts
        return switch field.form {
        case .decimal: "decimal"
        case .uuid: "UUID"
        case .json: "JSON"
        case .text:
            "text, \(byteCounts.lowerBound) to \(byteCounts.upperBound) bytes"
                + (field.kind == .scope ? ": \(Scope.expected)" : field.kind == .count ? ": a whole number" : "")
                + (field.kind.choices.map { ": \(codeList($0))" } ?? "")
        }
    }
}
