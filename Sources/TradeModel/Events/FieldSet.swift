/// Fields as bits, by their tags: every field of every event is looked up, which costs no memory this way.
struct FieldSet: OptionSet, Sendable {
    let rawValue: UInt32

    init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    init(_ field: Field) {
        rawValue = Self.bit(field)
    }

    init(_ fields: [Field]) {
        self = fields.reduce(into: []) { $0.insert($1) }
    }

    func contains(_ field: Field) -> Bool { rawValue & Self.bit(field) != 0 }

    mutating func insert(_ field: Field) {
        self = FieldSet(rawValue: rawValue | Self.bit(field))
    }

    /// The fields in ascending order of their tags.
    var ascending: Ascending { Ascending(rest: rawValue) }

    struct Ascending: Sequence, IteratorProtocol {
        fileprivate var rest: UInt32

        mutating func next() -> Field? {
            guard rest != 0 else { return nil }
            let field = Field(rawValue: UInt8(rest.trailingZeroBitCount))
            rest &= rest - 1
            return field
        }
    }

    private static func bit(_ field: Field) -> UInt32 { 1 << UInt32(field.rawValue) }
}
