/// A table in Markdown.
struct MarkdownTable {
    private var lines: [String]

    /// A table without rows; each alignment is `---` or `---:`.
    init(_ columns: [(title: String, alignment: String)]) {
        lines = [Self.line(columns.map(\.title)), "|" + columns.map(\.alignment).joined(separator: "|") + "|"]
    }

    mutating func add(_ cells: [String]) {
        lines.append(Self.line(cells.map { $0.replacing("|", with: "\\|") }))
    }

    var text: String { lines.joined(separator: "\n") }

    private static func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
}

/// The names as code, separated by commas.
func codeList(_ names: [String]) -> String { names.map { "`\($0)`" }.joined(separator: ", ") }
