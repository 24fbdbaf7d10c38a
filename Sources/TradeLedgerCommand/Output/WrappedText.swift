/// Breaks text into lines for a terminal of 80 columns.
enum WrappedText {
    private static let width = 80

    /// Wraps a text into lines.
    ///
    /// The first line follows `margin`, the others are indented to match. A word that is longer than a line has one
    /// alone.
    static func lines(_ text: String, indentedBy margin: String = "") -> [String] {
        var lines = [margin]
        var isLineEmpty = true
        for word in text.split(whereSeparator: \.isWhitespace) {
            if !isLineEmpty && lines[lines.count - 1].count + 1 + word.count > width {
                lines.append(String(repeating: " ", count: margin.count))
                isLineEmpty = true
            }
            lines[lines.count - 1] += (isLineEmpty ? "" : " ") + word
            isLineEmpty = false
        }
        return lines
    }

    /// The lines of two columns, which fit the longest name.
    static func columns(_ rows: [(name: String, text: String)]) -> [String] {
        let width = rows.map(\.name.count).max() ?? 0
        return rows.flatMap { row in
            lines(row.text, indentedBy: "  " + row.name + String(repeating: " ", count: width - row.name.count + 2))
        }
    }
}
