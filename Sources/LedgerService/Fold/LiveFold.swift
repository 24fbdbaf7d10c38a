internal import Ledger

/// The state of the ledger in memory, which follows the durable events as they come.
package final class LiveFold: Sendable {
}
