import Glibc
import LedgerTestSupport
import Testing

@testable import Statistics

@Suite struct `The yearly rate of payments` {
    @Test(arguments: [-0.999, -0.5, -0.01, 0, 1e-6, 0.07, 1, 50, 1e6, 1e12])
    func `is the one that they were made with`(rate: Double) throws {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<20 {
            var payments: [YearlyRate.Payment] = []
            var value = 0.0
            let lastDay = 200
            for number in 0..<10 {
                let paidOn = number * 19
                let amount = Double(1 + generator.next(below: 1000))
                payments.append(YearlyRate.Payment(day: day(paidOn), amount: -amount))
                value += amount * pow(1 + rate, Double(lastDay - paidOn) / 365)
            }
            payments.append(YearlyRate.Payment(day: day(lastDay), amount: value))
            let found = try #require(YearlyRate(of: payments).figure.value)
            #expect(abs(found - rate) <= max(abs(rate), 1e-3) * 1e-10, "\(found)")
        }
    }

    @Test func `may be one in many orders of magnitude per day`() {
        #expect(agree(rate([(0, -1), (1, 2)]).value, pow(2, 365)))
        #expect(rate([(0, -1), (1, 7.3)]).reason == "no yearly rate gives a value of 0")
        #expect(rate([(0, -1), (365, 1e-9)]).value == 1e-9 - 1)
    }

    @Test func `is 0 where only rounding keeps the payments from adding up to 0`() {
        #expect(rate([(0, -0.1), (100, -0.2), (200, 0.3)]).value == 0)
    }

    @Test func `is null where the payments have one sign or one day`() {
        #expect(rate([]) == .null(reason: "all flows and the equity are of one day", n: 0))
        #expect(rate([(0, -1), (3, -2)]) == .null(reason: "flows and equity do not have both signs", n: 2))
        #expect(rate([(3, -1), (3, 2)]) == .null(reason: "all flows and the equity are of one day", n: 2))
    }

    @Test func `is null where no rate gives a value of 0`() {
        #expect(rate([(0, 10), (365, -10), (730, 10)]).reason == "no yearly rate gives a value of 0")
    }

    @Test func `is the one nearest to 0 of several`() {
        // Both 10 % and 200 % solve it.
        #expect(agree(rate([(0, -1), (365, 4.1), (730, -3.3)]).value, 0.1))
    }

    private func rate(_ payments: [(day: Int, amount: Double)]) -> Figure<Double> {
        YearlyRate(of: payments.map { YearlyRate.Payment(day: day($0.day), amount: $0.amount) }).figure
    }
}
