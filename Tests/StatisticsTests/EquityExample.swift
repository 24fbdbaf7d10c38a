import LedgerTestSupport
import Statistics
import TradeModel

/// One movement of equity, on a day counted from 1, which is 2026-01-01.
enum Move {
    case flow(_ day: Int, _ amount: String)
    case pnl(_ day: Int, _ amount: String)
    case unrealised(_ day: Int, _ amount: String)
}

/// The day of January 2026, or one counted on from there.
func day(_ number: Int) -> CalendarDay { CalendarDay(daysSince1970: 20_453 + number) }

/// The equity of the days 1 to a number.
func equity(days count: Int, from first: Int = 1, _ moves: [Move]) throws -> EquitySeries {
    var movements = EquityMovements()
    for move in moves {
        switch move {
        case .flow(let number, let amount): movements.addFlow(try Decimal(amount), on: day(number))
        case .pnl(let number, let amount): movements.addPnL(try Decimal(amount), on: day(number))
        case .unrealised(let number, let amount): movements.addUnrealised(try Decimal(amount), on: day(number))
        }
    }
    return movements.series(from: day(first), through: day(count))
}

/// The falls of the sum of P&L of trades, one on each day.
func falls(_ amounts: [String]) throws -> PnLDrawdown {
    var drawdown = PnLDrawdown(startingAt: day(1).start)
    for (index, amount) in amounts.enumerated() { drawdown.add(try Decimal(amount), closedAt: close(index + 1)) }
    return drawdown
}

/// An hour after the beginning of a day.
func close(_ number: Int) -> Timestamp {
    Timestamp(microsecondsSince1970: day(number).start.microsecondsSince1970 + 3_600_000_000)
}

/// Whether two numbers agree to 10 significant digits.
func agree(_ left: Double?, _ right: Double) -> Bool {
    guard let left else { return false }
    return abs(left - right) <= abs(right) * 1e-10
}

/// A capital of 1000 and the P&L of each day, all with two digits after the point, that never loses everything.
func randomMoves(days count: Int, _ generator: inout SeededGenerator) -> [Move] {
    [.flow(1, "1000")]
        + (1...count).map { number in
            let cents = Int(generator.next(below: 2001)) - 995
            return .pnl(number, "\(cents < 0 ? "-" : "")\(abs(cents) / 100).\(abs(cents) % 100 / 10)\(abs(cents) % 10)")
        }
}
