/// Fields as bits, by their tags: every field of every event is looked up, which costs no memory this way.
struct FieldSet: OptionSet, Sendable {
    let rawValue: UInt32

    init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    init(_ fields: [Field]) {
        self = fields.reduce(into: []) { $0.insert($1) }
    }

    func contains(_ field: Field) -> Bool { rawValue & Self.bit(field) != 0 }

    mutating func insert(_ field: Field) {
        self = FieldSet(rawValue: rawValue | Self.bit(field))
    }

    private static func bit(_ field: Field) -> UInt32 { 1 << UInt32(field.rawValue) }
}
