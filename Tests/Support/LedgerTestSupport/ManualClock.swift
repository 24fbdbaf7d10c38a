package import Ledger
package import TradeModel

/// A clock that stands still until a test moves it, with random numbers that are the same in each run.
package final class ManualClock: Sendable {
    private struct State {
        var microseconds: Int64
        /// Spread like random numbers: ids made of small numbers would look like ids that a ledger derives.
        var random = SeededGenerator(seed: 1)
    }

    private let state: Lock<State>

    package init(_ start: Timestamp = Timestamp(microsecondsSince1970: 1_750_000_000_000_000)) {
        state = Lock(State(microseconds: start.microsecondsSince1970))
    }

    /// The clock for the ledger.
    package var clock: LedgerClock {
        LedgerClock(
            now: { self.state.withLock { Timestamp(microsecondsSince1970: $0.microseconds) } },
            random: { self.state.withLock { ($0.random.next(), $0.random.next()) } }
        )
    }

    package func advance(microseconds: Int64) {
        state.withLock { $0.microseconds += microseconds }
    }
}
