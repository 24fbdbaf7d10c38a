internal import Glibc

/// A fall of the index Π(1 + r), which is 1 at the start of the period, from its highest value so far.
///
/// Values of the index, and depths, that differ by less than one part in 10^12, less than is printed, count as equal.
/// Otherwise it would depend on rounding whether the index has recovered across a deposit.
package struct IndexDrawdown: Sendable, Equatable {
    /// The last day before the fall at whose end the index was at its highest value; the first day of the period where
    /// it fell from 1 on that day.
    package let peakOn: CalendarDay
    /// The day at whose end the index was lowest.
    package private(set) var troughOn: CalendarDay
    /// The first day at whose end the index was at the peak again, or above it; nil where it has not been yet.
    package private(set) var recoveredOn: CalendarDay?
    /// The largest fall as a share of the peak, above 0 and below 1.
    package private(set) var depth: Double

    /// The days from the peak to the recovery; nil where it has not recovered yet.
    package var daysToRecovery: Int? { recoveredOn.map { $0.daysSince1970 - peakOn.daysSince1970 } }

    private static let tolerance = 1e-12

    /// All falls, in the order of time.
    ///
    /// The numbers are the logarithms of the index at the end of each day.
    static func all(of logarithms: [Double], from first: CalendarDay) -> [IndexDrawdown] {
        var falls: [IndexDrawdown] = []
        var (peak, peakOn) = (0.0, first)
        var isDown = false
        for (offset, logarithm) in logarithms.enumerated() {
            let day = CalendarDay(daysSince1970: first.daysSince1970 + offset)
            guard logarithm - peak < -tolerance else {
                if isDown { falls[falls.count - 1].recoveredOn = day }
                if logarithm - peak > tolerance { peak = logarithm }
                (isDown, peakOn) = (false, day)
                continue
            }
            let depth = -expm1(logarithm - peak)
            if !isDown {
                falls.append(IndexDrawdown(peakOn: peakOn, troughOn: day, depth: depth))
            } else if depth > falls[falls.count - 1].depth + tolerance {
                falls[falls.count - 1].depth = depth
                falls[falls.count - 1].troughOn = day
            }
            isDown = true
        }
        return falls
    }

    /// The deepest falls, the deepest first; of equal ones the earlier one first.
    static func deepest(of falls: [IndexDrawdown], count: Int) -> [IndexDrawdown] {
        // The sort of the standard library keeps the order of equal elements.
        Array(falls.sorted { ($0.depth / tolerance).rounded() > ($1.depth / tolerance).rounded() }.prefix(count))
    }
}
