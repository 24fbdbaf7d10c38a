import Glibc
import LedgerTestSupport
import Testing
import TradeModel

@testable import Statistics

@Suite struct `The largest fall of the sum of P&L` {
    @Test func `is from its highest value, with the times of peak, trough and recovery`() throws {
        // The sum is 100, 60, 90, 40, 110, 80.
        let fall = try #require(try falls(["100", "-40", "30", "-50", "70", "-30"]).deepestFall.value)
        #expect(fall.amount.description == "60" && fall.peak.description == "100")
        #expect(fall.peakAt == close(1) && fall.troughAt == close(4) && fall.recoveredAt == close(5))
    }

    @Test func `is from 0 at the start of the period where no trade gained before`() throws {
        let fall = try #require(try falls(["-10", "-5", "3"]).deepestFall.value)
        #expect(fall.amount.description == "15" && fall.peak.isZero)
        #expect(fall.peakAt == day(1).start && fall.troughAt == close(2) && fall.recoveredAt == nil)
    }

    @Test func `is from the last time that the sum was at its highest value`() throws {
        let fall = try #require(try falls(["5", "-1", "1", "0", "-2"]).deepestFall.value)
        #expect(fall.peakAt == close(4) && fall.troughAt == close(5))
    }

    @Test func `is the first of several equal ones`() throws {
        #expect(try falls(["-5", "5", "-5"]).deepestFall.value?.troughAt == close(1))
    }

    @Test func `has recovered where the sum is exactly at the peak again`() throws {
        let fall = try #require(try falls(["0.3", "-0.1", "0.1"]).deepestFall.value)
        #expect(fall.recoveredAt == close(3))
    }

    @Test func `is 0 where the sum never fell`() throws {
        let drawdown = try falls(["1", "0", "2"])
        #expect(drawdown.deepestFall.value?.amount.isZero == true)
        #expect(drawdown.recoveryFactor == .null(reason: "the sum of P&L never fell", n: 3))
    }

    @Test func `divides the net P&L for the recovery factor`() throws {
        #expect(try falls(["100", "-40", "30"]).recoveryFactor == .value(try Decimal("2.25"), n: 3))
        #expect(try falls(["1", "-3", "3"]).recoveryFactor.value?.description == "0.333333333333333333")
    }

    @Test func `is null without a trade, and beyond the range of sums`() throws {
        #expect(try falls([]).deepestFall == .null(reason: "no trade was closed", n: 0))
        let most = "99999999999999999999999999999999999999"
        let beyond = try falls(Array(repeating: most, count: 12))
        #expect(beyond.deepestFall == .null(reason: "the sum of P&L is beyond the range of sums", n: 12))
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `is what a search of all pairs finds`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let pnl = (0..<60).map { _ in Int(generator.next(below: 21)) - 10 }
        let sums = pnl.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
        var deepest = 0
        for (index, low) in sums.enumerated() {
            for high in sums[...index] { deepest = max(deepest, high - low) }
        }
        let fall = try #require(try falls(pnl.map(String.init)).deepestFall.value)
        #expect(fall.amount.description == "\(deepest)", "seed \(seed)")
    }
}

@Suite struct `The falls of the index of returns` {
    @Test func `have peak, trough and recovery at the ends of days`() throws {
        let all = drawdowns([0.25, -0.2, -0.5, 0.5, 1.0, -0.1])
        #expect(all.map(\.peakOn) == [day(1), day(5)])
        #expect(all.map(\.troughOn) == [day(3), day(6)])
        #expect(all.map(\.recoveredOn) == [day(5), nil])
        #expect(all.map(\.daysToRecovery) == [4, nil])
        #expect(agree(all[0].depth, 0.6) && agree(all[1].depth, 0.1))
    }

    @Test func `begin at the first day where the index was never above 1`() throws {
        #expect(drawdowns([-0.5, 0]).first?.peakOn == day(1))
    }

    @Test func `have recovered where only rounding keeps the index from its peak`() throws {
        for loss in [0.1, 0.3, 0.7, 0.9] {
            let all = drawdowns([0.5, -loss, 1 / (1 - loss) - 1, 0, -0.01])
            #expect(all.map(\.recoveredOn) == [day(3), nil], "\(loss)")
            #expect(all.map(\.peakOn) == [day(1), day(4)])
        }
    }

    @Test func `are in the order of their depth, the earlier one first`() throws {
        let all = drawdowns([-0.1, 1, -0.2, 1, -0.1, 1])
        #expect(IndexDrawdown.deepest(of: all, count: 2).map(\.troughOn) == [day(3), day(1)])
    }

    private func drawdowns(_ returns: [Double]) -> [IndexDrawdown] {
        var logarithm = 0.0
        let logarithms = returns.map { change in
            logarithm += log1p(change)
            return logarithm
        }
        return IndexDrawdown.all(of: logarithms, from: day(1))
    }
}
