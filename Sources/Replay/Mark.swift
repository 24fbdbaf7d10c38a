/// A 128-bit hash of a value: two values with the same mark are equal.
///
/// Computed by Swift's own hash (SipHash) with keys that are random in each process, so collisions cannot be
/// constructed.
struct Mark: Hashable {
    private let high: Int
    private let low: Int

    /// The mark of no value.
    static let absent = Mark(high: 0, low: 0)

    private init(high: Int, low: Int) {
        (self.high, self.low) = (high, low)
    }

    /// The mark of a value.
    init(_ value: some Hashable) {
        self.init(high: Self.hash(value, salt: 1), low: Self.hash(value, salt: 2))
    }

    private static func hash(_ value: some Hashable, salt: UInt8) -> Int {
        var hasher = Hasher()
        hasher.combine(salt)
        hasher.combine(value)
        return hasher.finalize()
    }
}
