internal import TradeModel

/// Escapes text for a terminal; the only place that makes foreign text harmless.
///
/// Ids, reasons, rejected lines, names of files and messages of a server are foreign. An escape sequence in them could
/// clear the screen, a line break could look like another event, and a bidirectional control could reverse figures.
enum TerminalText {
    /// The text with each hidden character written as JSON writes it, so that a line of JSON keeps its meaning.
    static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: \.isHidden) else { return text }
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar.isHidden { shown.append(contentsOf: escape(scalar).unicodeScalars) } else { shown.append(scalar) }
        }
        return String(shown)
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default: String(scalar).utf16.map(escape).joined()
        }
    }

    private static func escape(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}

/// Escapes the text of a CSV cell so that no spreadsheet takes it for a formula.
///
/// A trade id such as `=HYPERLINK(…)` would become a formula when the export is opened. A leading apostrophe makes it
/// text. Text that begins with an apostrophe gets a second one, so that a reader can remove one from every such cell.
enum SpreadsheetText {
    /// The characters that start a formula in spreadsheets, including their wide forms, and the apostrophe itself.
    private static let beginnings = "=+-@\t\r\n'\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}".unicodeScalars

    /// The text of a cell; a number stays one.
    static func escaped(_ text: String) -> String {
        guard let first = text.unicodeScalars.first, beginnings.contains(first), !isNegativeNumber(text) else {
            return text
        }
        return "'" + text
    }

    private static func isNegativeNumber(_ text: String) -> Bool {
        guard text.utf8.first == UInt8(ascii: "-") else { return false }
        let parts = text.utf8.dropFirst().split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count <= 2
            && parts.allSatisfy { part in
                !part.isEmpty && part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            }
    }
}
