import TradeModel

/// The tables of event types and fields in the independent reader, in Python.
enum ReaderTables {
    static var text: String {
        var lines = ["FIELDS = {  # By number: name, kind, the fewest and the most bytes that a text has, its choices."]
        for field in Field.all {
            let byteCounts = field.form == .text ? field.kind.byteCounts : 0...0
            let choices = field.kind.choices.map(list) ?? "None"
            let values =
                "(\"\(field.name)\", \"\(kind(of: field))\", \(byteCounts.lowerBound), "
                + "\(byteCounts.upperBound), \(choices))"
            lines += wrapped(values, after: "    \(field.number): ", end: ",")
        }
        lines += [
            "}", "TYPES = {  # By number: name, the field of its subject, what it must have, what it may also have.",
        ]
        for type in EventType.all {
            let subject = type.subject.map { String($0.number) } ?? "None"
            let fields = "\(list(type.requiredFields.map(\.name))), \(list(type.optionalFields.map(\.name)))"
            lines += wrapped(
                "(\"\(type.name)\", \(subject), \(fields))",
                after: "    \(type.rawValue): ",
                end: ","
            )
        }
        lines += [
            "}", "RULES = {  # By type: of which fields it has exactly one, choices, and what is never the subject.",
        ]
        for type in EventType.all {
            let rules = type.rules
            guard rules.concernForm else { continue }
            let choices = rules.choices.sorted { $0.key.number < $1.key.number }
                .map { "\"\($0.key.name)\": \(list($0.value))" }.joined(separator: ", ")
            let other = rules.differsFromSubject.map { "\"\($0.name)\"" } ?? "None"
            let rule = "\(list(rules.exactlyOne.map(\.name))), {\(choices)}, \(other)"
            lines.append("    \"\(type.name)\": (\(rule)),")
        }
        lines += ["}", "SCOPES = \(list(Scope.Kind.allCases.map(\.rawValue)))  # What a halt can cover by name."]
        return lines.joined(separator: "\n")
    }

    /// What a reader does with a value: the form, or what else it checks about a text.
    private static func kind(of field: Field) -> String {
        switch field.kind {
        case .flag: "flag"
        case .scope: "scope"
        case .count: "count"
        default: "\(field.form)"
        }
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
                lines.append(String(repeating: " ", count: indent.count) + " " + part)
            } else {
                lines[lines.count - 1] += last == indent ? String(part) : " " + part
            }
        }
        return lines
    }
}
