/// A sum of binary64 numbers with the rounding errors of its additions, after Neumaier.
///
/// The error of the value is about one rounding, whatever the number of addends.
struct CompensatedSum {
    private var sum = 0.0
    private var compensation = 0.0

    /// The sum.
    var value: Double { sum + compensation }

    /// Adds a number.
    mutating func add(_ number: Double) {
        let next = sum + number
        compensation += abs(sum) >= abs(number) ? (sum - next) + number : (number - next) + sum
        sum = next
    }
}
