import Projections
import Replication
import TradeModel

/// schema/repeatable/column_comments.sql: the comments of the columns that are declared in the code.
enum ColumnComments {
    static var text: String {
        let columns =
            Field.all.filter(\.hasColumn).map { ("ledger.trade_events.\($0.name)", $0.meaning) }
            + TradeRow.storedColumns.map { ("ledger.trades.\($0.name)", $0.meaning) }
            + ProjectionList.bookColumns.map { ("\($0.table).\($0.name)", $0.meaning) }
        let comments = columns.map { column, meaning in
            "COMMENT ON COLUMN \(column) IS\n    \(literal(meaning));\n"
        }
        return """
            -- What the columns of events and trades say. Written by tools/generate from the declarations in
            -- Sources/TradeModel and Sources/Projections; edit those.

            \(comments.joined())
            """
    }

    /// A text as a literal of SQL, on lines of at most 120 characters.
    private static func literal(_ text: String) -> String {
        var lines = [""]
        for word in text.replacing("'", with: "''").split(separator: " ", omittingEmptySubsequences: false) {
            let last = lines.count - 1
            if lines[last].count + word.count > 110 { lines.append("") }
            lines[lines.count - 1] += word + " "
        }
        lines[lines.count - 1].removeLast()
        return lines.map { "'\($0)'" }.joined(separator: "\n    ")
    }
}
