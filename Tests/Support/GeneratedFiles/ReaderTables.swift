import TradeModel

/// The tables of event types and fields in the independent reader, in Python.
enum ReaderTables {
    static var text: String {
        var lines = ["FIELDS = [  # Name, form, the most bytes that a text has, and its choices."]
        for field in Field.allCases {
            switch field.form {
            case .decimal: lines.append("    (\"\(field.name)\", \"decimal\", 0, None),")
            case .json: lines.append("    (\"\(field.name)\", \"json\", 0, None),")
            case .text(let byteCountMax):
                let choices = field.texts.choices.map(list) ?? "None"
                lines.append("    (\"\(field.name)\", \"text\", \(byteCountMax), \(choices)),")
            }
        }
        lines += ["]", "TYPES = {  # By number: name, what it must have, what it may also have."]
        for type in EventType.allCases {
            let optional = type.optionalFields.sorted { $0.rawValue < $1.rawValue }
            lines.append("    \(type.rawValue): (\"\(type.name)\",")
            lines += wrapped(list(type.requiredFields.map(\.name)), after: "        ", end: ",")
            lines += wrapped(list(optional.map(\.name)), after: "        ", end: "),")
        }
        return (lines + ["}"]).joined(separator: "\n")
    }

    private static func list(_ names: [String]) -> String {
        "[" + names.map { "\"\($0)\"" }.joined(separator: ", ") + "]"
    }

    /// Lines of at most 120 characters, broken after commas.
    private static func wrapped(_ text: String, after indent: String, end: String) -> [String] {
        var lines = [indent]
        for part in (text + end).split(separator: " ") {
            let last = lines[lines.count - 1]
            if last.count + 1 + part.count > 120 {
                lines.append(indent + " " + part)
            } else {
                lines[lines.count - 1] += last == indent ? String(part) : " " + part
            }
        }
        return lines
    }
}
