/// A few trades with difficult values: each line is one event.
enum HandmadeTrades {
    static let count = 9

    static let lines: [String] = [
        opened(
            "plain",
            #""fee":"0.1","strategy":"s","tag":"t","decision_id":"d","account":"a","venue":"v","context":\#(context)"#
        ),
        event("trade.increased", "plain", #""amount":"0.1","price":"3","fee":{"cost":"-0.05"}"#),
        event("trade.reduced", "plain", #""amount":"0.7","price":"7","reason":"half","correlation_id":"c/1""#),
        event("trade.closed", "plain", #""price":"8","reason":"roi","fill_id":"f","exchange_order_id":"o""#),
        event("trade.adjusted", "plain", #""kind":"funding","cost":"-0.123456789012345678901""#),
        // Ids are opaque: slashes, quotes, spaces, a combining accent, an emoji, and text like an escape of COPY.
        opened(#"日本/円 'é' e\u0301 😀 \\N \\."#, #""side":"short","quote":"円""#),
        // Contexts with values of other types than their columns.
        opened(
            "types",
            #""context":{"market_regime":7,"bull_confidence":"0.7","bear_confidence":null,"signals":"up"}"#
        ),
        event("trade.annotated", "types", #""context":{"decision_confidence":[1],"agent_votes":true}"#),
        // Numbers at the limits of numeric, and beyond them; jsonb accepts what numeric accepts.
        opened(
            "edge",
            #""context":{"bull_confidence":1e131071,"bear_confidence":-1e-16383,"signals":{"n":9.5e131070}}"#
        ),
        opened(
            "huge",
            #""context":{"bull_confidence":1e131072,"decision_confidence":1e-16384,"signals":{"n":1e200000}}"#
        ),
        event(
            "trade.annotated",
            "huge",
            #""context":{"agent_votes":["1e200000",{"text":"\u001f \\ \/ \ud83d\ude00"}]}"#
        ),
        // A fee in a third currency, one in the base currency, one that the producer has valued.
        opened("fees", #""fee":{"cost":"0.001","currency":"BNB"}"#),
        event("trade.increased", "fees", #""amount":"1e-21","price":"1e-10","fee":{"cost":"0.002","currency":"A"}"#),
        event(
            "trade.reduced",
            "fees",
            #""amount":"0.3","price":"4","fee":{"cost":"1","currency":"C","quote_cost":"2"}"#
        ),
        event("trade.closed", "fees", #""amount":"0.7","price":"5","dust":"rest""#),
        // A fee in the coin, of which the close writes off two thirds.
        opened("coin", #""fee":{"cost":"0.003","currency":"A"}"#),
        event("trade.closed", "coin", #""amount":"0.998","price":"5","dust":"rest""#),
        opened("worthless", ""),
        event("trade.closed", "worthless", #""price":"0","reason":"expired""#),
        opened("voided", #""context":{"market_regime":"calm"}"#),
        event("trade.closed", "voided", #""price":"9","reason":"roi""#),
        event("trade.voided", "voided", #""reason":"'; DROP TABLE ledger.trades; --","actor":"operator""#),
    ]

    private static let context =
        #"{ "market_regime": "träge\t\"x\"", "bull_confidence": 0.70, "bear_confidence": -1e-7, "#
        + #""decision_confidence": 12345678901234567890.5, "agent_votes": {"b": 1, "a": [2.50, null]}, "signals": [] }"#

    private static func opened(_ id: String, _ fields: String) -> String {
        let side = fields.contains(#""side""#) ? "" : #""side":"buy","#
        return event(
            "trade.opened",
            id,
            #""symbol":"A/B",\#(side)"order_type":"limit","amount":"1","price":"2""#
                + (fields.isEmpty ? "" : ",\(fields)")
        )
    }

    private static func event(_ type: String, _ id: String, _ fields: String) -> String {
        #"{"type":"\#(type)","trade_id":"\#(id)","occurred_at":"2026-02-28T23:59:59.123456+01:00",\#(fields)}"#
    }
}
