internal import CAllocationCounting
internal import Ledger
internal import LedgerTestSupport
internal import TradeModel

/// Checks that an append through the blocking API allocates nothing in the steady state.
///
/// A lone thread appends and commits. It is a separate program, because the promise holds only in optimized code.
/// Buffers grow at first, and later a full table doubles its space, ever more rarely. So the check counts allocations
/// in windows of events: nine tenths of the windows in the later half must have none.
enum AllocationCheck {
    private static let windowCount = 80
    private static let eventsPerWindow = 64

    /// Returns the exit status.
    static func run() -> Int32 {
        do {
            let counts = try allocationCounts().suffix(windowCount / 2)
            let freeCount = counts.count { $0 == 0 }
            let part = "\(freeCount) of \(counts.count) windows of \(eventsPerWindow) appends"
            print("\(part) allocate nothing: \(Array(counts))")
            return freeCount * 10 >= counts.count * 9 ? 0 : 1
        } catch {
            print("AllocationCheck: \(error)")
            return 70
        }
    }

    private static func allocationCounts() throws -> [UInt64] {
        let directory = TemporaryDirectory()
        try Ledger.create(in: directory.path)
        let ledger = try Ledger(opening: directory.path)
        defer { ledger.close() }
        let drafts = try (0..<(windowCount * eventsPerWindow)).map { try draft($0) }
        return try (0..<windowCount).map { window in
            let before = allocation_count_of_thread()
            for draft in drafts[(window * eventsPerWindow)...].prefix(eventsPerWindow) { _ = try ledger.append(draft) }
            return allocation_count_of_thread() - before
        }
    }

    /// Trades that are opened, increased, reduced and closed, one after another.
    private static func draft(_ index: Int) throws -> EventDraft {
        let steps: [(EventType, [Field: String])] = [
            (.opened, [.symbol: "BTC/USDT", .side: "buy", .orderType: "limit", .amount: "0.25"]),
            (.increased, [.amount: "0.15"]), (.reduced, [.amount: "0.2"]), (.closed, [.reason: "take_profit"]),
        ]
        let (type, fields) = steps[index % steps.count]
        let own: [Field: String] = [
            .price: "\(60_000 + index % 977).5", .feeCost: "0.0\(index % 89 + 10)",
            .context: #"{"signals":{"rsi":\#(index % 71)}}"#,
        ]
        return try EventDraft(
            type,
            subject: "trade-\(index / steps.count)",
            occurredAt: Timestamp(microsecondsSince1970: Int64(index) * 1000),
            fields: fields.merging(own) { $1 }
        )
    }
}
