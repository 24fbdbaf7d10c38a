/// A field that events can have, by its number.
///
/// The number is the field's tag in the binary encoding and never changes. Numbers ascend in the order in which fields
/// are stored, printed and listed. `EventVocabulary` has the declaration of each.
public struct Field: Hashable, Sendable {
    /// The tag in the binary encoding, 1 to 127.
    public let number: UInt8

    /// The field of a number from 1 to 127; a `FieldDeclaration` must say what it is.
    package init(number: UInt8) {
        self.number = number
    }

    /// Every field that an event can have, ascending.
    public static var all: [Field] { EventVocabulary.shared.fields }

    /// The field's name in SQL, and in JSON except for the three parts of `fee`.
    public var name: String { declaration.name }

    /// What values the field takes.
    public var kind: Kind { EventVocabulary.shared.kinds[Int(number)] }

    /// How the value is encoded.
    public var form: Form { traits.form }

    private var traits: FieldTraits { EventVocabulary.shared.fieldTraits[Int(number)] }

    /// What the field says, for the documentation and the comment of its column.
    public var meaning: String { declaration.meaning }

    /// A value that an event can have, as `EventDraft` takes it.
    public var example: String { declaration.example }

    /// Whether `ledger.trade_events` has a column of its own for the field; `details` holds the other fields.
    public var hasColumn: Bool { declaration.hasColumn }

    /// How a value is encoded.
    public enum Form: Sendable {
        /// UTF-8.
        case text
        /// An exact decimal.
        case decimal
        /// Sixteen bytes.
        case uuid
        /// A JSON object, kept byte for byte.
        case json
    }

    /// What values a field takes.
    public enum Kind: Hashable, Sendable {
        /// Any text of so many bytes of UTF-8.
        case text(byteCounts: ClosedRange<Int>)
        /// One of these texts.
        case choice([String])
        /// `buy` or `sell`; on input also `long` or `short`, in any case.
        case side
        /// A decimal that is not negative, or `rest`.
        case quantityOrRest
        /// `true` or `false`, which JSON has without quotes.
        case flag
        /// What a halt covers: `all`, or a kind of thing and its name, such as `symbol:BTC/USDT`.
        case scope
        /// A whole number from 0 to 2^63 - 1, which JSON has without quotes.
        case count
        /// A decimal of either sign.
        case decimal
        /// A UUID of any version.
        case uuid
        /// A JSON object.
        case object

        /// An id or a name: up to 128 bytes.
        package static let identifier = Kind.text(byteCounts: 0...Limits.identifierByteCountMax)
        /// The id of a subject: 1 to 128 bytes.
        package static let subject = Kind.text(byteCounts: 1...Limits.identifierByteCountMax)
        /// A sentence by a person: up to 1,024 bytes.
        package static let remark = Kind.text(byteCounts: 0...Limits.remarkByteCountMax)

        /// How such a value is encoded.
        var form: Form {
            switch self {
            case .text, .choice, .side, .quantityOrRest, .flag, .scope, .count: .text
            case .decimal: .decimal
            case .uuid: .uuid
            case .object: .json
            }
        }

        /// How many bytes such a value can have, as it is encoded.
        public var byteCounts: ClosedRange<Int> {
            switch self {
            case .text(let byteCounts): byteCounts
            case .choice, .side, .quantityOrRest, .flag: 1...Limits.identifierByteCountMax
            case .scope: 1...Limits.scopeByteCountMax
            case .count: 1...19
            case .decimal: DecimalCoding.byteCounts
            case .uuid: EventID.byteCount...EventID.byteCount
            case .object: 2...Limits.eventLineByteCountMax
            }
        }

        /// Whether JSON has the text of the body without quotes.
        var isBareInJSON: Bool { self == .flag || self == .count }

        /// The texts of a choice, as the body holds them; nil where there are too many to list.
        public var choices: [String]? {
            switch self {
            case .choice(let choices): choices
            case .side: ["buy", "sell"]
            case .flag: ["true", "false"]
            case .text, .quantityOrRest, .scope, .count, .decimal, .uuid, .object: nil
            }
        }
    }

    private var declaration: FieldDeclaration { EventVocabulary.shared.declaration(of: self) }
}

/// What is asked about the field of every value that is checked, without a count of references for its choices.
struct FieldTraits: Sendable {
    let form: Field.Form
    /// Whether a value can be any text of a certain length.
    let isFreeText: Bool
    /// That length, in bytes; any for values that are no free text.
    private let byteCountMin: Int32
    private let byteCountMax: Int32

    init(_ kind: Field.Kind) {
        form = kind.form
        if case .text(let byteCounts) = kind {
            isFreeText = true
            (byteCountMin, byteCountMax) = (Int32(byteCounts.lowerBound), Int32(byteCounts.upperBound))
        } else {
            isFreeText = false
            (byteCountMin, byteCountMax) = (0, .max)
        }
    }

    /// Whether a value can have so many bytes; for values that are no free text, other checks say so.
    @inline(__always)
    func allows(byteCount: Int) -> Bool { byteCount >= byteCountMin && byteCount <= byteCountMax }
}

/// What a field is: the one place that says it.
public struct FieldDeclaration: Sendable {
    let field: Field
    let name: String
    let kind: Field.Kind
    let meaning: String
    let example: String
    let hasColumn: Bool

    /// Declares a field.
    ///
    /// `name` is unique among all fields and is that of JSON and SQL; `hasColumn` says whether a migration gives it a
    /// column of `ledger.trade_events`, because more than one family has it or people ask by it.
    package init(
        _ field: Field,
        _ name: String,
        _ kind: Field.Kind,
        _ meaning: String,
        example: String,
        hasColumn: Bool = false
    ) {
        self.field = field
        self.name = name
        self.kind = kind
        self.meaning = meaning
        self.example = example
        self.hasColumn = hasColumn
    }
}

/// Fields as bits, by their numbers: every field of every event is looked up, which costs no memory this way.
struct FieldSet: Equatable, Sendable {
    /// The fields of numbers below 64, and of those from 64 on.
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    init() {}

    init(_ fields: [Field]) {
        for field in fields { insert(field) }
    }

    /// False for numbers that no field can have, which a damaged body may hold.
    func contains(_ field: Field) -> Bool {
        switch field.number >> 6 {
        case 0: low & Self.bit(field) != 0
        case 1: high & Self.bit(field) != 0
        default: false
        }
    }

    @inline(__always)
    mutating func insert(_ field: Field) {
        precondition(field.number < 128, "a field has a number below 128")
        if field.number < 64 { low |= Self.bit(field) } else { high |= Self.bit(field) }
    }

    mutating func remove(_ field: Field) {
        if field.number < 64 { low &= ~Self.bit(field) } else { high &= ~Self.bit(field) }
    }

    func isSubset(of other: FieldSet) -> Bool { low & ~other.low == 0 && high & ~other.high == 0 }

    /// Removes the field of the lowest number and returns it; nil where there is none.
    mutating func popFirst() -> Field? {
        if low != 0 {
            defer { low &= low - 1 }
            return Field(number: UInt8(low.trailingZeroBitCount))
        }
        guard high != 0 else { return nil }
        defer { high &= high - 1 }
        return Field(number: UInt8(64 + high.trailingZeroBitCount))
    }

    private static func bit(_ field: Field) -> UInt64 { 1 << UInt64(field.number & 63) }
}
