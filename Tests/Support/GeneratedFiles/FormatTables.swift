import TradeModel

/// The tables of schema/segment-format.md that list event types and fields with their numbers.
enum FormatTables {
    static var types: String {
        var table = MarkdownTable([("type", "---:"), ("name", "---"), ("must have", "---"), ("may also have", "---")])
        for type in EventType.allCases {
            table.add([
                String(type.rawValue), "`\(type.name)`", codeList(type.requiredFields.map(\.name)),
                codeList(type.optionalFields.sorted { $0.rawValue < $1.rawValue }.map(\.name)),
            ])
        }
        return table.text
    }

    static var fields: String {
        var table = MarkdownTable([("tag", "---:"), ("field", "---"), ("form", "---")])
        for field in Field.allCases { table.add([String(field.rawValue), "`\(field.name)`", form(field)]) }
        return table.text
    }

    private static func form(_ field: Field) -> String {
        switch field.form {
        case .decimal: "decimal"
        case .json: "JSON"
        case .text(let byteCountMax):
            "text, at most \(byteCountMax) bytes" + (field.texts.choices.map { ": \(codeList($0))" } ?? "")
        }
    }
}
