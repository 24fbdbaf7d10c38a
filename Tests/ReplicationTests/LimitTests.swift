import Glibc
import Ledger
import PostgresTestSupport
import Testing
import TradeModel

/// The limits of events ensure that no server refuses a row.
@Suite(.needsServer) struct `PostgreSQL takes` {
    private static let seeds: [UInt64] =
        unsafe getenv("TRADELEDGER_TEST_LONG") == nil ? [20_261_126] : Array(1...40)
    private static let eventCount = 1500

    @Test(arguments: TestServer.all, seeds)
    func `everything that the ledger accepts, and every view shows it`(server: TestServer, seed: UInt64) throws {
        // An event of a MiB fits into the segments.
        try ReplicatedLedger.with(server, segmentByteCount: 4 << 20) { ledger in
            var events = LimitEvents(seed: seed)
            var codes: [String: Int] = [:]
            let lines = (0..<Self.eventCount).map { _ in EventLine(Array(events.nextLine().utf8)) }
            for outcome in ledger.ledger.append(lines: lines) {
                switch outcome {
                case .success: codes["accepted", default: 0] += 1
                case .failure(.rejected(let rejection)): codes[rejection.code.rawValue, default: 0] += 1
                case .failure(let failure): throw failure
                }
            }
            // An event is rejected for its figures, or because another event of its trade was rejected.
            let expected: Set = [
                "accepted", "number_out_of_range", "unknown_trade", "amount_exceeds_open", "amount_not_positive",
                "price_not_positive", "time_before_open", "trade_exists", "event_id_conflict", "trade_closed",
                "trade_voided",
            ]
            #expect(expected.isSuperset(of: codes.keys), "\(codes), seed \(seed)")
            #expect(codes["accepted", default: 0] > Self.eventCount / 4, "\(codes), seed \(seed)")
            try ledger.ship()
            try ledger.expectEqual()
            for view in ["trade_history", "trade_timeline", "ledger_status"] {
                #expect(try ledger.value("SELECT count(row_to_json(v)) FROM \(view) AS v") != "0")
            }
        }
    }
}
