internal import Postgres

/// The columns in which a row differs from what it should be.
struct ColumnSet: Hashable {
    /// One bit a column, in the order of the table's list.
    private(set) var bits: UInt64 = 0

    /// The columns in which two rows of a table differ.
    init(expected: CopyRow, actual: CopyRow) {
        // As nearly all rows do.
        if expected.holdsTheSame(as: actual) { return }
        precondition(expected.columnCount <= UInt64.bitWidth && actual.columnCount == expected.columnCount)
        for column in 0..<expected.columnCount where expected.bytes(column) != actual.bytes(column) {
            bits |= 1 << UInt64(column)
        }
    }

    var isEmpty: Bool { bits == 0 }

    /// The names of the columns, of a table with these.
    func names(_ columns: [String]) -> [String] {
        columns.indices.filter { bits >> UInt64($0) & 1 == 1 }.map { columns[$0] }
    }
}
