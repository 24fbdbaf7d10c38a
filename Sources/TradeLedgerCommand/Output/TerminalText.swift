internal import TradeModel

/// Escapes text for a terminal; the only place where foreign text is made harmless.
///
/// Ids, reasons, rejected lines, names of files and the texts of a server are foreign. An escape sequence among them
/// could clear the screen, a line break could look like another event, and a bidirectional control could turn figures
/// around.
enum TerminalText {
    /// The text with each hidden character written as JSON writes it: `\n`, `\u001b`, `\u202e`.
    ///
    /// So a line of JSON stays the same JSON.
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
