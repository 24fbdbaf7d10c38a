public import TradeModel

/// A column of a projection's table: its name and type in SQL, what it says, and its value in a row.
///
/// COPY, the comparison with a database, what the program prints, the comments in SQL and the tables of docs/sql.md
/// follow from it.
public struct Column<Row>: Sendable {
    /// The name in SQL and in what the program prints.
    public let name: String
    /// The type in SQL.
    public let type: SQLType
    /// Whether it can be NULL.
    public let isNullable: Bool
    /// Whether the program prints it, and compares it between two sources of trades.
    public let isPrinted: Bool
    /// How it looks in a table for people.
    public let look: TableLook
    /// Its name in the public views; nil where they leave it out.
    public let viewName: String?
    /// What it says, for people.
    public let meaning: String
    /// The expression over the other columns that gives it; nil where the table stores it.
    public let expression: String?
    /// Its value in a row.
    public let value: @Sendable (Row) -> ColumnValue

    /// A column that the table stores, or computes where it has an expression.
    init(
        _ name: String,
        _ type: SQLType,
        isNullable: Bool = false,
        isPrinted: Bool = true,
        look: TableLook = .detail,
        in view: ViewName = .same,
        expression: String? = nil,
        _ meaning: String,
        value: @escaping @Sendable (Row) -> ColumnValue
    ) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
        self.isPrinted = isPrinted
        self.look = look
        switch view {
        case .same: viewName = name
        case .renamed(let other): viewName = other
        case .none: viewName = nil
        }
        self.expression = expression
        self.meaning = meaning
        self.value = value
    }
}

/// How a column looks in a table for people, who see rounded values in as many columns as fit.
public struct TableLook: Sendable {
    /// How important a column is: of the least important ones that are left, the last is dropped first.
    public enum Importance: Comparable, Sendable {
        case detail
        case more
        case main
        /// Never dropped.
        case key
    }

    /// What the values of a column are.
    public enum Kind: Sendable {
        /// A text, a time, or a number with at most 8 digits after the point, such as a price.
        case plain
        /// An amount of money, with at most 2 digits after the point.
        case money
        /// A profit or a loss: money, or a percentage.
        case gain
        /// A text that is cut where it is too long for the page.
        case prose
    }

    /// How important the column is.
    public let importance: Importance
    /// What its values are.
    public let kind: Kind
    /// Whether a row below the others shows its total.
    public let isSummed: Bool

    /// A column of some importance.
    public init(_ importance: Importance, _ kind: Kind = .plain, isSummed: Bool = false) {
        self.importance = importance
        self.kind = kind
        self.isSummed = isSummed
    }

    /// A plain column that is the first to be dropped.
    public static let detail = TableLook(.detail)
    /// A plain column for a wide page.
    public static let more = TableLook(.more)
    /// A plain column that most pages have space for.
    public static let main = TableLook(.main)
    /// A plain column that is never dropped.
    public static let key = TableLook(.key)
}

/// What the public views call a column.
enum ViewName {
    case same
    case renamed(String)
    /// They leave it out.
    case none
}

/// The type of a column, by its name in PostgreSQL's catalog.
public enum SQLType: String, Sendable {
    case uuid
    case text
    case bigint
    case numeric
    case boolean
    case timestamptz = "timestamp with time zone"
    case json
}

/// The value of a column in one row.
public enum ColumnValue: Hashable, Sendable {
    case uuid(EventID)
    case text(String)
    case bigint(Int64)
    case decimal(Decimal)
    /// A number that may have more digits than a decimal.
    case number(ContextNumber)
    case bool(Bool)
    case time(Timestamp)
    /// A JSON document, with the bytes that the producer sent.
    case json([UInt8])
    case null

    init(_ text: String?) { self = text.map(ColumnValue.text) ?? .null }
    init(_ time: Timestamp?) { self = time.map(ColumnValue.time) ?? .null }
    init(_ json: [UInt8]?) { self = json.map(ColumnValue.json) ?? .null }
    init(sequence: UInt64) { self = .bigint(Int64(sequence)) }
    init(count: UInt64) { self = .bigint(Int64(count)) }
    init(_ decimal: Decimal?) {
        // Not `map`, for which Swift 6.3.1 calls the case as a function with the 128-bit coefficient misaligned.
        if let decimal { self = .decimal(decimal) } else { self = .null }
    }
    init(_ number: ContextNumber?) {
        if let number { self = .number(number) } else { self = .null }
    }

    /// The value in its one canonical form, nil where there is none.
    public var text: String? {
        switch self {
        case .uuid(let id): id.description
        case .text(let text): text
        case .bigint(let integer): String(integer)
        case .decimal(let decimal): decimal.description
        case .number(let number): number.description
        case .bool(let bool): bool ? "true" : "false"
        case .time(let time): time.description
        case .json(let bytes): String(decoding: bytes, as: UTF8.self)
        case .null: nil
        }
    }
}
