/// The text of a CSV cell, escaped so that no spreadsheet takes it for a formula.
///
/// A trade id such as `=HYPERLINK(…)` would become one when an export is opened. An apostrophe before it makes it text;
/// text that begins with an apostrophe gets a second one, so that taking one off each cell that begins with one gives
/// back what was exported.
enum SpreadsheetText {
    /// The characters that start a formula in spreadsheets, including their wide forms, and the apostrophe itself.
    private static let beginnings = "=+-@\t\r\n'\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}".unicodeScalars

    /// The text of a cell; a number stays one.
    static func neutralised(_ text: String) -> String {
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
