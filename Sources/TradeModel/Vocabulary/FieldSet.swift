/// Fields as bits, by their numbers: every field of every event is looked up, which costs no memory this way.
struct FieldSet: Equatable, Sendable {
    /// The fields of numbers below 64, and of those from 64 on.
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    init(_ fields: [Field] = []) {
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

    mutating func insert(_ field: Field) {
        precondition(field.number < 128, "a field has a number below 128")
        if field.number < 64 { low |= Self.bit(field) } else { high |= Self.bit(field) }
    }

    func isSubset(of other: FieldSet) -> Bool { low & ~other.low == 0 && high & ~other.high == 0 }

    /// The fields in ascending order.
    var ascending: Ascending { Ascending(rest: self) }

    struct Ascending: Sequence, IteratorProtocol {
        fileprivate var rest: FieldSet

        mutating func next() -> Field? {
            if rest.low != 0 {
                defer { rest.low &= rest.low - 1 }
                return Field(number: UInt8(rest.low.trailingZeroBitCount))
            }
            guard rest.high != 0 else { return nil }
            defer { rest.high &= rest.high - 1 }
            return Field(number: UInt8(64 + rest.high.trailingZeroBitCount))
        }
    }

    private static func bit(_ field: Field) -> UInt64 { 1 << UInt64(field.number & 63) }
}
