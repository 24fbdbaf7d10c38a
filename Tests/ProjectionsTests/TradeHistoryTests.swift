import Projections
import Testing
import TradeModel

@Suite struct `The history of a trade` {
    @Test func `takes each column from the event that its declaration names`() throws {
        let history = try fold([
            open(
                #""strategy":"s","account":"a","venue":"v","context":{"market_regime":"choppy","bull_confidence":0.7}"#
            ),
            event("trade.reduced", #""amount":"0.5","price":"12","reason":"half","context":{"bull_confidence":0.8}"#),
            event("trade.closed", #""price":"13","reason":"roi""#),
            event("trade.adjusted", #""kind":"fee","cost":"-0.25","reason":"late""#),
        ])
        #expect([history.strategy, history.account, history.venue, history.reason] == ["s", "a", "v", "roi"])
        #expect(history.context.marketRegime == "choppy")
        #expect(history.context.bullConfidence?.description == "0.8")
        #expect(history.trade.figures.realizedPnL.description == "3.25")
        #expect(history.firstRecordedAt.microsecondsSince1970 == 1)
        #expect(history.lastRecordedAt.microsecondsSince1970 == 4)
    }

    @Test func `has a value or none in every column`() throws {
        let row = TradeRow(try fold([open(#""strategy":"s","context":{"signals":[1]}"#)]))
        let values = Dictionary(uniqueKeysWithValues: TradeRow.columns.map { ($0.name, $0.value(row).text) })
        #expect(values["strategy"] == "s" && values["signals"] == "[1]" && values["won"] == "false")
        for (name, value) in values where value == nil {
            let column = try #require(TradeRow.columns.first { $0.name == name })
            // What the events of a trade do not tell.
            let others = ["id", "ledger_id", "opened_during_halt"]
            #expect(column.isNullable || others.contains(name), "\(name)")
        }
        #expect(values["closed_at"] == .some(nil) && values["exit_price"] == .some(nil))
    }

    @Test func `keeps the reason of the close if the void has none`() throws {
        let closed = [open(#""venue":"v""#), event("trade.closed", #""price":"1","reason":"roi""#)]
        #expect(try fold(closed + [event("trade.voided", "")]).reason == "roi")
        #expect(try fold(closed + [event("trade.voided", #""reason":"busted""#)]).reason == "busted")
    }

    @Test(
        arguments: [
            (#"{"market_regime":1}"#, #"{"market_regime":"x"}"#, "x"),
            (#"{"market_regime":"x"}"#, #"{"market_regime":null}"#, nil),
            (#"{"market_regime":"x"}"#, #"{"market_regime":["y"]}"#, nil),
            (#"{"market_regime":"x"}"#, #"{"other":"y"}"#, "x"),
            (#"{"market_regime":"\u00e9\n\ud83d\ude00"}"#, "{}", "é\n😀"),
            (#"{"nested":{"market_regime":"y"}}"#, "{}", nil),
        ] as [(String, String, String?)]
    )
    func `lets a later context override key by key`(first: String, second: String, regime: String?) throws {
        let history = try fold([open(#""context":\#(first)"#), event("trade.annotated", #""context":\#(second)"#)])
        #expect(history.context.marketRegime == regime)
    }

    @Test(
        arguments: [
            ("0.70", "0.7"), ("-0.0", "0"), ("1e-10", "0.0000000001"), ("12E+2", "1200"), ("-1.5e1", "-15"),
            ("0e5", "0"),
            ("1e131071", "1" + String(repeating: "0", count: 131_071)), ("1e131072", nil),
            ("1e-16383", "0." + String(repeating: "0", count: 16_382) + "1"), ("1e-16384", nil),
            ("1e99999999999999999999", nil), (#""0.7""#, nil), ("true", nil), ("null", nil), ("[0.7]", nil),
        ] as [(String, String?)]
    )
    func `has a number of a context exactly or as NULL`(number: String, digits: String?) throws {
        let history = try fold([open(#""context":{"decision_confidence":\#(number)}"#)])
        #expect(history.context.decisionConfidence?.description == digits)
    }

    @Test(arguments: [
        (#"{"bull":{"confidence":7e-1}}"#, true), ("[1, 2]", true), (#""up""#, false), ("3", false),
        (#"{"huge":1e131072}"#, false), (#"{"text":"1e131072"}"#, true), (#"{"quoted":"\"1e131072"}"#, true),
        (#"[[{"deep":[-1e-16384]}]]"#, false),
    ])
    func `has a document of a context exactly or as NULL`(json: String, isKept: Bool) throws {
        let history = try fold([open(#""context":{"signals":\#(json),"agent_votes":\#(json)}"#)])
        #expect(history.context.signals == (isKept ? Array(json.utf8) : nil))
        #expect(history.context.agentVotes == history.context.signals)
    }

    @Test(
        arguments: [
            (#"{ "b" : [1, 2] , "a":"x" }"#, #"{"c":true,"b":{"d": 1e5}}"#, #"{"b":{"d": 1e5},"a":"x","c":true}"#),
            ("{}", "{}", "{}"),
            (#"{"a":1}"#, #"{"a":null}"#, #"{"a":null}"#),
            (
                #"{"a":1e131072,"b":["-1e-16384"]}"#, #"{"c":[{"d":1e131072}]}"#,
                #"{"a":null,"b":["-1e-16384"],"c":null}"#
            ),
            (#"{"\u00e9\u0022\/":1}"#, #"{"é\"/":2,"\b\f\n\u001F\u007f":3}"#, #"{"é\"/":2,"\b\f\n\u001f\#u{7F}":3}"#),
        ]
    )
    func `holds all keys of its contexts`(first: String, second: String, all: String) throws {
        #expect(try fold([open(#""venue":"v""#)]).context.all == nil)
        let history = try fold([open(#""context":\#(first)"#), event("trade.annotated", #""context":\#(second)"#)])
        #expect(history.context.all.map { String(decoding: $0, as: UTF8.self) } == all)
    }

    private func open(_ fields: String) -> String {
        event("trade.opened", #""symbol":"A/B","side":"buy","order_type":"market","amount":"1","price":"9","# + fields)
    }

    private func event(_ type: String, _ fields: String) -> String {
        #"{"type":"\#(type)","trade_id":"t","occurred_at":1700000001000"# + (fields.isEmpty ? "}" : ",\(fields)}")
    }

    private func fold(_ lines: [String]) throws -> TradeHistory {
        let events = try lines.enumerated().map { (index, line) in
            Event(
                sequence: UInt64(index + 1),
                recordedAt: Timestamp(microsecondsSince1970: Int64(index + 1)),
                eventID: EventID.version7(at: Timestamp(microsecondsSince1970: 0), random: (0, UInt64(index))),
                body: try EventJSON.decode(line: Array(line.utf8)).body
            )
        }
        var history = try TradeHistory(opening: events[0])
        for event in events.dropFirst() { try history.apply(event) }
        return history
    }
}
