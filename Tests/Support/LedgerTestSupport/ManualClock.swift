package import Ledger
package import TradeModel

/// A clock that stands still until a test moves it, with event ids that count up.
package final class ManualClock: Sendable {
    private struct State {
        var microseconds: Int64
        var count: UInt64 = 0
    }

    private let state: Lock<State>

    package init(_ start: Timestamp = Timestamp(microsecondsSince1970: 1_750_000_000_000_000)) {
        state = Lock(State(microseconds: start.microsecondsSince1970))
    }

    /// The clock for the ledger.
    package var clock: LedgerClock {
        LedgerClock(
            now: { self.state.withLock { Timestamp(microsecondsSince1970: $0.microseconds) } },
            random: {
                self.state.withLock {
                    $0.count += 1
                    return (0, $0.count)
                }
            }
        )
    }

    package func advance(microseconds: Int64) {
        state.withLock { $0.microseconds += microseconds }
    }
}
