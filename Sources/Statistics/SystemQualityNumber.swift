internal import Glibc
package import TradeModel

/// The system quality number: √n · mean(pnl) / sd₁(pnl).
package enum SystemQualityNumber {
    /// The number for the P&L of trades, in any order; 8 bytes for each.
    package static func figure(of pnl: some Collection<Decimal>) -> Figure<Double> {
        figure(of: Moments(of: pnl.map { BinaryQuotient.of($0) }))
    }

    static func figure(of pnl: Moments) -> Figure<Double> {
        let n = pnl.count
        guard n >= 2 else { return .null(reason: "fewer than 2 trades", n: n) }
        guard pnl.isSpread else { return .null(reason: "all trades have the same P&L", n: n) }
        return .finite(sqrt(Double(n)) * pnl.mean / pnl.sampleDeviation, n: n)
    }
}
