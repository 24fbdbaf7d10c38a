internal import Glibc

/// The yearly rate at which flows and a final value have a present value of 0, which is known as XIRR.
///
/// A flow after d days counts with (1 + rate)^(−d/365). Rates from just above −1 to 10^307 are found.
struct YearlyRate {
    /// A payment from the point of view of an investor: capital that is paid in is negative.
    struct Payment {
        let day: CalendarDay
        let amount: Double
    }

    private let payments: [Payment]
    private let first: CalendarDay

    /// The payments are in the order of their days.
    init(of payments: [Payment]) {
        self.payments = payments
        first = payments.first?.day ?? CalendarDay(daysSince1970: 0)
    }

    /// The rate, or why there is none.
    ///
    /// Of several rates, it is one whose logarithm is near 0. Costs at most about 150 passes over the payments.
    var figure: Figure<Double> {
        let n = payments.count
        guard let last = payments.last, last.day > first else {
            return .null(reason: "all flows and the equity are of one day", n: n)
        }
        guard payments.contains(where: { $0.amount < 0 }), payments.contains(where: { $0.amount > 0 }) else {
            return .null(reason: "flows and equity do not have both signs", n: n)
        }
        guard let (low, high) = bracket() else { return .null(reason: "no yearly rate gives a value of 0", n: n) }
        return .finite(expm1(root(low, high)), n: n)
    }

    /// The present value for ln(1 + rate).
    private func value(at logarithm: Double) -> Double {
        var sum = CompensatedSum()
        for payment in payments {
            let years = Double(payment.day.daysSince1970 - first.daysSince1970) / 365
            sum.add(payment.amount * exp(-logarithm * years))
        }
        return sum.value
    }

    /// Two logarithms between which the value changes its sign, the nearest to 0 of a widening search.
    private func bracket() -> (Double, Double)? {
        // Amounts are rounded, so payments that add up to 0 may not do so exactly.
        guard abs(value(at: 0)) > payments.reduce(0, { $0 + abs($1.amount) }) * 1e-15 else { return (0, 0) }
        var (inner, outer) = (0.0, 1.0 / 64)
        while inner < Self.logarithmMax {
            for sign in [1.0, -1.0] where isChange(value(at: sign * inner), value(at: sign * outer)) {
                return (sign * inner, sign * outer)
            }
            (inner, outer) = (outer, min(outer * 2, Self.logarithmMax))
        }
        return nil
    }

    /// e^707 is about 10^307.
    private static let logarithmMax = 707.0

    private func isChange(_ left: Double, _ right: Double) -> Bool {
        !right.isNaN && (left < 0) != (right < 0)
    }

    /// The root between two logarithms, by halving until no number is between them.
    private func root(_ start: Double, _ end: Double) -> Double {
        var (low, high) = (start, end)
        let isLowNegative = value(at: low) < 0
        while true {
            let middle = low + (high - low) / 2
            guard middle != low, middle != high else { return middle }
            if (value(at: middle) < 0) == isLowNegative { low = middle } else { high = middle }
        }
    }
}
