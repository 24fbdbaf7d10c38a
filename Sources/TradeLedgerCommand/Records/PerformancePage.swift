internal import Replay
internal import Statistics
internal import TradeModel

/// The page for people.
struct PerformancePage {
    private let rows: [PerformanceRow]
    private let positions: [PerformanceReplay.Position]
    private let query: PerformanceQuery

    init(_ rows: [PerformanceRow], _ positions: [PerformanceReplay.Position], _ query: PerformanceQuery) {
        (self.rows, self.positions, self.query) = (rows, positions, query)
    }

    func print() throws {
        var output = StandardOutput()
        if rows.isEmpty { try output.line("no trades") }
        try output.flush()
    }
}
