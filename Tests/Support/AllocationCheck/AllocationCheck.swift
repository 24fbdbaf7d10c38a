internal import CAllocationCounting
internal import Ledger
internal import LedgerTestSupport
internal import TradeModel

/// Checks that an append through the blocking API allocates nothing in the steady state, except a batch's receipts.
///
/// A lone thread appends and commits. It is a separate program, because the promise holds only in optimized code. The
/// check counts allocations in windows of commits. Buffers grow at first, so only the later half of the windows counts.
///
/// In that half the log grows from n events to 2n. Three tables grow with it, until a segment is full: the
/// fingerprints in memory, the identities of the segment, and the positions of its frames. Each doubles its space when
/// it is full, so each may allocate once in that half.
enum AllocationCheck {
    private static let windowCount = 80
    private static let growingTableCount: UInt64 = 3
    /// The first is the one that `tools/append-path` profiles.
    private static let loads = [
        Load(eventsPerCommit: 1, commitsPerWindow: 64),
        Load(eventsPerCommit: 64, commitsPerWindow: 1),
        Load(eventsPerCommit: 1000, commitsPerWindow: 1),
    ]

    private struct Load {
        let eventsPerCommit: Int
        let commitsPerWindow: Int

        /// A batch returns its receipts as an array, an event alone returns its receipt as a value.
        var allocationsPerWindow: UInt64 { eventsPerCommit == 1 ? 0 : UInt64(commitsPerWindow) }
    }

    /// Returns the exit status.
    static func run() -> Int32 {
        do {
            return try loads.allSatisfy(isKept) ? 0 : 1
        } catch {
            print("AllocationCheck: \(error)")
            return 70
        }
    }

    /// Prints what the appends of a load allocate, and returns whether it is what they may.
    private static func isKept(_ load: Load) throws -> Bool {
        let counts = try allocationCounts(load).suffix(windowCount / 2).map { $0 - load.allocationsPerWindow }
        let count = counts.reduce(0, +)
        print(
            "\(load.eventsPerCommit) events per commit: \(count) allocations besides receipts, at most",
            "\(growingTableCount) are allowed;",
            "\(counts.count) windows of \(load.commitsPerWindow) appends: \(counts)"
        )
        return count <= growingTableCount
    }

    private static func allocationCounts(_ load: Load) throws -> [UInt64] {
        let directory = TemporaryDirectory()
        try Ledger.create(in: directory.path)
        let ledger = try Ledger(opening: directory.path)
        defer { ledger.close() }
        let commits = try (0..<(windowCount * load.commitsPerWindow)).map { commit in
            try (0..<load.eventsPerCommit).map { try draft(commit * load.eventsPerCommit + $0) }
        }
        return try (0..<windowCount).map { window in
            let before = allocation_count_of_thread()
            for drafts in commits[(window * load.commitsPerWindow)...].prefix(load.commitsPerWindow) {
                try append(drafts, to: ledger)
            }
            return allocation_count_of_thread() - before
        }
    }

    private static func append(_ drafts: [EventDraft], to ledger: Ledger) throws {
        if drafts.count == 1 {
            let _: Receipt = try ledger.append(drafts[0])
        } else {
            let _: [Receipt] = try ledger.append(batch: drafts)
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
