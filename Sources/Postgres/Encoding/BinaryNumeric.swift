/// A finite `numeric` as PostgreSQL sends and receives it: groups of four decimal digits around the point.
///
/// The value is Σ `groups[i]` · 10000 to the power of (`weight` - i).
/// Neither the first nor the last group is zero, so zero has no groups.
package struct BinaryNumeric: Equatable, Sendable {
    package let isNegative: Bool
    /// The power of 10000 of the first group.
    package let weight: Int16
    /// Digits that are shown after the point.
    package let displayScale: UInt16
    /// Base-10000 digits, most significant first.
    package let groups: [UInt16]

    static let positiveSign: UInt16 = 0x0000
    static let negativeSign: UInt16 = 0x4000
    static let displayScaleMax = 16_383

    /// Takes groups with zeros at either end, and a minus before zero, and brings them to the one form of the value.
    init(isNegative: Bool, weight: Int, displayScale: Int, groups: ArraySlice<UInt16>) {
        let significant = groups.drop { $0 == 0 }
        let leadingZeroCount = groups.count - significant.count
        let end = significant.lastIndex { $0 != 0 }.map { $0 + 1 } ?? significant.startIndex
        self.groups = Array(significant[..<end])
        self.isNegative = isNegative && !self.groups.isEmpty
        self.weight = self.groups.isEmpty ? 0 : Int16(weight - leadingZeroCount)
        self.displayScale = UInt16(displayScale)
    }
}
