import TradeModel

/// The tables of event types and fields in the independent reader, in Python.
enum ReaderTables {
    static var text: String {
        var lines = ["FIELDS = {  # By number: name, form, the fewest and the most bytes that a text has, its choices."]
        for field in Field.all {
            let byteCounts = field.form == .text ? field.kind.byteCounts : 0...0
            let choices = field.kind.choices.map(list) ?? "None"
            lines.append(
                "    \(field.number): (\"\(field.name)\", \"\(field.form)\", \(byteCounts.lowerBound), "
                    + "\(byteCounts.upperBound), \(choices)),"
            )
        }
        lines += [
            "}", "TYPES = {  # By number: name, the field of its subject, what it must have, what it may also have.",
        ]
        for type in EventType.all {
            let subject = type.subject.map { String($0.number) } ?? "None"
            lines.append("    \(type.rawValue): (\"\(type.name)\", \(subject),")
            lines += wrapped(list(type.requiredFields.map(\.name)), after: "        ", end: ",")
            lines += wrapped(list(type.optionalFields.map(\.name)), after: "        ", end: "),")
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
