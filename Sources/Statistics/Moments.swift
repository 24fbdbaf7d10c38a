internal import Glibc

/// The mean and the central moments of numbers, each from compensated sums in two passes.
struct Moments {
    let count: Int
    /// 0 where there is no number.
    let mean: Double
    /// Σ (x − mean)², which is exactly 0 where all numbers are equal.
    private let squares: Double
    /// Σ (x − mean)³.
    private let cubes: Double
    /// Σ (x − mean)⁴.
    private let fourths: Double

    init(of numbers: [Double]) {
        var sum = CompensatedSum()
        for number in numbers { sum.add(number) }
        count = numbers.count
        mean = count == 0 ? 0 : sum.value / Double(count)
        var (squares, cubes, fourths) = (CompensatedSum(), CompensatedSum(), CompensatedSum())
        let first = numbers.first
        var areAllEqual = true
        for number in numbers {
            // The mean is rounded, so its distance to equal numbers is not always 0.
            areAllEqual = areAllEqual && number == first
            let distance = number - mean
            squares.add(distance * distance)
            cubes.add(distance * distance * distance)
            fourths.add(distance * distance * distance * distance)
        }
        self.squares = areAllEqual ? 0 : squares.value
        self.cubes = cubes.value
        self.fourths = fourths.value
    }

    /// Whether the numbers differ.
    var isSpread: Bool { squares > 0 }

    /// √(Σ (x − mean)² / n).
    var populationDeviation: Double { sqrt(squares / Double(count)) }

    /// √(Σ (x − mean)² / (n − 1)).
    var sampleDeviation: Double { sqrt(squares / Double(count - 1)) }

    /// The skewness, bias-corrected; not a number below 3 numbers or where all are equal.
    var skewness: Double {
        let n = Double(count)
        let second = squares / n
        return (n * (n - 1)).squareRoot() / (n - 2) * (cubes / n) / (second * second.squareRoot())
    }

    /// The kurtosis above that of a normal distribution, bias-corrected; not a number below 4 numbers or where all are
    /// equal.
    var excessKurtosis: Double {
        let n = Double(count)
        let second = squares / n
        let ratio = fourths / n / (second * second)
        return ((n * n - 1) * ratio - 3 * (n - 1) * (n - 1)) / ((n - 2) * (n - 3))
    }
}
