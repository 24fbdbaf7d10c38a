import Foundation
import LedgerTestSupport
import TradeModel

@testable import Ledger

/// A small ledger that is the same, byte for byte, on every machine: all types of events, all fields, and difficult
/// values.
struct GoldenLedger {
    static let ledgerID = EventID(high: 0x0190_A5B4_7C3E_7D21, low: 0x9F3A_5B6C_7D8E_9F00)
    static let eventCount: UInt64 = 39

    let directory = TemporaryDirectory()

    var segmentPath: String { directory.path + "/" + ProjectFile.segmentName }

    init() throws {
        // No empty frame may come in between, even on a slow machine.
        let configuration = LedgerConfiguration(segmentByteCount: 64 << 10, idleMilliseconds: 3_600_000)
        let clock = ManualClock(Timestamp(microsecondsSince1970: 1_750_000_000_123_456))
        let storage = PosixStorage(directory: directory.path)
        try LedgerLayout.create(storage, ledgerID: Self.ledgerID, configuration: configuration, clock: clock.clock)
        let ledger = try Ledger(opening: directory.path, configuration: configuration, clock: clock.clock)
        defer { ledger.close() }
        for lines in Self.frames {
            clock.advance(microseconds: 1_000_001)
            _ = try ledger.append(batch: lines.map { line throws in try EventJSON.decode(line: Array(line.utf8)) })
        }
    }

    /// The segment without the zeros after its last frame.
    func segment() throws -> [UInt8] {
        let bytes = Array(try Data(contentsOf: URL(filePath: segmentPath)))
        let frames = bytes.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
        return Array(bytes[..<((frames + 7) / 8 * 8)])
    }

    /// The sealed segment, in several blocks; other versions of LZ4 may compress it to other bytes.
    func sealed() throws -> [UInt8] {
        let storage = PosixStorage(directory: directory.path)
        let (name, next) = (SegmentName(firstSequence: 1), SegmentName(firstSequence: Self.eventCount + 1))
        var task = try SealTask(storage, name, before: next, blockByteCount: 512)
        while try !task.step() {}
        return Array(try Data(contentsOf: URL(filePath: directory.path + "/" + name.fileName(.sealed))))
    }

    /// The events as `tradeledger events` prints them.
    func events() throws -> [UInt8] { try LedgerOutput.events(of: directory.path) }

    /// The lines that each frame holds.
    private static let frames = [
        [
            #"{"type":"trade.opened","trade_id":"btc-1","event_id":"00000000-0000-4000-8000-000000000001","#
                + #""occurred_at":"2025-06-15T15:06:39.5Z","symbol":"BTC/USDT","side":"buy","order_type":"limit","#
                + #""amount":"0.25","price":"64210.5"}"#
        ],
        [
            #"{"type":"trade.opened","trade_id":"取引/1 é","occurred_at":"1970-01-01T00:00:00Z","#
                + #""correlation_id":"signal \"17\"\\","symbol":"日本/円","quote":"円","side":"short","#
                + #""order_type":"stop","amount":"170141183460469231731.687303715884105727","price":1e-19,"#
                + #""fee":{"cost":"-0.000000000000000000001","currency":"BNB","quote_cost":-1.5e-3},"#
                + #""strategy":"","account":"main","venue":"東京","exchange_order_id":"A/7 ü","fill_id":"f-1","#
                + #""tag":"突破","order_id":"o/1","decision_id":"d 1","#
                + #""causation_id":"00000000-0000-4000-8000-000000000001","#
                + #""context": { "market_regime" :\#t"trending" ,"bull_confidence": 0.70,"agent_votes" : { } ,"#
                + #""signals":[ 1e3 , "\u00e9\ud83d\ude00" ] } }"#,
            #"{"type":"trade.increased","trade_id":"btc-1","occurred_at":1750000001000,"#
                + #""correlation_id":"c","amount":"0.123456789012345678901","price":"64850","fee":"3.891","#
                + #""exchange_order_id":"81250077","fill_id":"f-2","context":{}}"#,
            #"{"type":"trade.reduced","trade_id":"btc-1","occurred_at":"9999-12-31T23:59:59.999999Z","#
                + #""amount":"0.2","price":"66120.4","fee":{"cost":"0.0001","currency":"BTC"},"#
                + #""reason":"line\nfeed\ttab\u0001\u007f","actor":"mária"}"#,
        ],
        [
            #"{"type":"trade.adjusted","trade_id":"btc-1","occurred_at":1750000002000,"kind":"funding","cost":-1,"#
                // A value of 255 bytes has the long form of a length.
                + #""reason":"\#(String(repeating: "r", count: 255))"}"#
        ],
        [
            #"{"type":"trade.closed","trade_id":"btc-1","occurred_at":1750000003000,"amount":"0.17","price":67000,"#
                + #""fee":{"cost":"0","quote_cost":"0"},"dust":"rest","exchange_order_id":"x","fill_id":"f-3","#
                + #""reason":"take_profit","actor":"bot","correlation_id":"c","context":{"signals":null}}"#,
            #"{"type":"trade.opened","trade_id":"eth-1","occurred_at":1750000003000,"symbol":"ETH-EUR","#
                + #""side":"long","order_type":"market","amount":100,"price":"3000"}"#,
            #"{"type":"trade.closed","trade_id":"eth-1","occurred_at":1750000003000,"amount":"99.5","#
                + #""price":"0","dust":"5e-1","reason":"written_off"}"#,
        ],
        [
            #"{"type":"trade.annotated","trade_id":"btc-1","occurred_at":1750000004000,"reason":"","actor":"a"}"#,
            #"{"type":"trade.adjusted","trade_id":"btc-1","occurred_at":1750000004000,"kind":"rebate","#
                + #""cost":"0.84","reason":"late","actor":"venue","correlation_id":"c","context":{"a":{"b":[[]]}}}"#,
            #"{"type":"trade.voided","trade_id":"取引/1 é","occurred_at":1750000004000,"reason":"test order"}"#,
        ],
        [
            #"{"type":"order.submitted","order_id":"注文/1 ü","occurred_at":1750000005000,"symbol":"BTC/USDT:USDT","#
                + #""side":"short","order_type":"stop","amount":"0.5","price":"60000","stop_price":6.05e4,"#
                + #""time_in_force":"GTC","reduce_only":true,"trade_id":"btc-9","decision_id":"d 1","strategy":"s","#
                + #""account":"main","venue":"v","reason":"stop","actor":"bot","context":{"a":1}}"#,
            #"{"type":"order.accepted","order_id":"注文/1 ü","occurred_at":1750000005001,"exchange_order_id":"77"}"#,
            #"{"type":"order.unknown","order_id":"注文/1 ü","occurred_at":1750000005002,"reason":"timeout"}"#,
            #"{"type":"order.completed","order_id":"注文/1 ü","occurred_at":1750000005003}"#,
            #"{"type":"order.submitted","order_id":"o-2","occurred_at":1750000005004,"symbol":"ETH-EUR","#
                + #""side":"buy","order_type":"market","quote_amount":"100.00","reduce_only":false}"#,
            #"{"type":"order.rejected","order_id":"o-2","occurred_at":1750000005005,"reason":"no funds"}"#,
            #"{"type":"order.cancelled","order_id":"o-2","occurred_at":1750000005006,"actor":"a"}"#,
            #"{"type":"order.expired","order_id":"by hand","occurred_at":1750000005007}"#,
        ],
        [
            #"{"type":"account.deposited","account":"main","occurred_at":1750000006000,"amount":1e3,"#
                + #""currency":"USDT"}"#,
            #"{"type":"account.transferred","account":"main","occurred_at":1750000006001,"amount":"0.1","#
                + #""currency":"USDT","to_account":"貯金"}"#,
            #"{"type":"account.withdrawn","account":"貯金","occurred_at":1750000006002,"amount":"0.05","#
                + #""currency":"USDT"}"#,
            #"{"type":"account.adjusted","account":"main","occurred_at":1750000006003,"kind":"staking","cost":"-7e-9","#
                + #""currency":"ETH","reason":"slashed"}"#,
            #"{"type":"account.observed","account":"main","occurred_at":1750000006004,"amount":"-0.5","#
                + #""currency":"USDT","context":{}}"#,
            #"{"type":"price.observed","symbol":"BTC/USDT","occurred_at":1750000006005,"price":"65000.50"}"#,
        ],
        [
            #"{"type":"risk.halted","scope":"strategy:取引 é","occurred_at":1750000007000,"reason":"drawdown","#
                + #""actor":"risk"}"#,
            #"{"type":"risk.resumed","scope":"strategy:取引 é","occurred_at":1750000007001}"#,
            #"{"type":"risk.halted","scope":"all","occurred_at":1750000007002}"#,
        ],
        [
            #"{"type":"strategy.registered","strategy":"取引 é","occurred_at":1750000008000,"#
                + #""strategy_version":"1.1","parameters_hash":"sha256:5f9a","context":{ "fast" : 8 }}"#,
            #"{"type":"prediction.made","prediction_id":"予測/1 é","occurred_at":1750000008001,"model":"close","#
                + #""value":"-0.10","reference":1e-19,"model_version":"7","model_hash":"sha256:6b1f","#
                + #""features_hash":"sha256:90aa","symbol":"BTC/USDT","target":"return","#
                + #""horizon_seconds":9223372036854775807,"confidence":"87.50","decision_id":"d 1","#
                + #""latency_microseconds":"1.85e3"}"#,
            #"{"type":"prediction.made","prediction_id":"p-2","occurred_at":1750000008002,"model":"direction","#
                + #""label":"上","horizon_seconds":0}"#,
            #"{"type":"decision.made","decision_id":"d 1","occurred_at":1750000008003,"action":"buy","#
                + #""symbol":"BTC/USDT","strategy":"取引 é","confidence":0.5,"trade_id":"btc-2","#
                + #""context":{"agent_votes":{"bull":"buy","bear":"hold"}}}"#,
            #"{"type":"decision.vetoed","decision_id":"d 1","occurred_at":1750000008004,"reason":"at its limit","#
                + #""actor":"risk"}"#,
            #"{"type":"prediction.resolved","prediction_id":"予測/1 é","occurred_at":1750000008005,"value":"0.2"}"#,
            #"{"type":"prediction.resolved","prediction_id":"p-2","occurred_at":1750000008006,"label":"下"}"#,
            #"{"type":"alert.raised","alert_id":"a/1 é","occurred_at":1750000008007,"severity":"critical","#
                + #""title":"注文 \"1\" is unknown","category":"venue","symbol":"BTC/USDT:USDT","order_id":"注文/1 ü","#
                + #""strategy":"取引 é"}"#,
            #"{"type":"alert.acknowledged","alert_id":"a/1 é","occurred_at":1750000008008,"actor":"mária"}"#,
            #"{"type":"alert.resolved","alert_id":"a/1 é","occurred_at":1750000008009,"reason":"cancelled"}"#,
            #"{"type":"strategy.retired","strategy":"取引 é","occurred_at":1750000008010,"strategy_version":"1.1"}"#,
        ],
    ]
}
