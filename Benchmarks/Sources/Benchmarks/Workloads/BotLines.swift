internal import TradeModel

/// The lines of a trading bot in Python, as `json.dumps` writes them: with spaces after commas and colons, numbers as
/// floats, other characters than ASCII as escapes, nulls, times as `datetime.isoformat`, and contexts of 1.5 to 3 KB.
///
/// They are the same in every run.
enum BotLines {
    private static let regimes = ["trending", "choppy", "volatile", "neutral"]
    private static let symbols = ["BTC/USDT", "ETH/USDT", "SOL/USDT:USDT", "XRP/USDT"]
    private static let agents = ["bull", "bear", "risk", "news", "macro"]
    private static let signals = [
        "rsi_14", "rsi_7", "macd", "macd_signal", "macd_histogram", "ema_12", "ema_26", "sma_50", "sma_200", "atr_14",
        "adx_14", "obv", "vwap", "bollinger_upper", "bollinger_lower", "volume_ratio",
    ]
    private static let reasonings = [
        #"Breakout above the 200-day average confirmed; volume is 1.8 times its mean of twenty sessions."#,
        #"Momentum is strong, volume is fading; RSI at 71 \u201coverbought\u201d, so the stop moves to 62\u202f400."#,
        #"Liquidit\u00e9 faible, prudence : l\u2019\u00e9cart d\u00e9passe 12 points de base depuis une heure."#,
        #"Support held twice.\nA third test is unlikely to fail \u2014 unless funding turns negative again."#,
        #"The model says \"hold\": \u0394 of the forecast is within one standard deviation \ud83d\ude80"#,
        #"\u8cc7\u91d1\u8abf\u9054\u7387\u304c\u4e0a\u6607\u3057\u3066\u3044\u308b"#,
    ]

    /// This many lines, without line feeds: trades that are opened, increased, reduced and closed, one after another.
    static func lines(_ count: Int) -> [[UInt8]] {
        (0..<count).map { Array(line($0).utf8) }
    }

    private static func line(_ number: Int) -> String {
        var chance = Chance(number)
        let trade = number / 4
        let price = 60_000 + chance.share() * 9000
        let amount = [0.25, 0.15, 0.2, 0.2][number % 4]
        let fee = #"{"cost": \#(price * amount * 0.001), "currency": "USDT", "rate": 0.001}"#
        let fill =
            #""amount": \#(amount), "price": \#(price), "fee": \#(fee), "exchange_order_id": "\#(chance.number(12))", "#
            + #""fill_id": "f-\#(number)-\#(chance.number(9))""#
        let head = #""trade_id": "bot-\#(EventMaker.digits(trade, 9))", "occurred_at": "\#(isoTime(number))""#
        let tail = #""correlation_id": "\#(chance.number(16))", "context": \#(context(number, &chance))}"#
        switch number % 4 {
        case 0:
            let opening =
                #""symbol": "\#(symbols[trade % symbols.count])", "side": "buy", "order_type": "limit", "#
                + #""strategy": "ensemble", "account": null, "venue": "binance", "tag": null"#
            return #"{"type": "trade.opened", \#(head), \#(opening), \#(fill), \#(tail)"#
        case 1: return #"{"type": "trade.increased", \#(head), \#(fill), \#(tail)"#
        case 2: return #"{"type": "trade.reduced", \#(head), \#(fill), "reason": "partial_take_profit", \#(tail)"#
        default: return #"{"type": "trade.closed", \#(head), \#(fill), "reason": "roi", \#(tail)"#
        }
    }

    /// What the bot knew when it decided.
    private static func context(_ number: Int, _ chance: inout Chance) -> String {
        let votes = agents.map { agent in
            let reasoning = reasonings[chance.below(reasonings.count)]
            return #""\#(agent)": {"confidence": \#(chance.share()), "reasoning": "\#(reasoning)"}"#
        }
        let values = signals.map { #""\#($0)": \#((chance.share() - 0.5) * 200)"# }
        let candles = (0..<(2 + chance.below(12))).map { candle in
            let time = 1_767_603_600_000 + candle * 60_000
            return "[\(time), " + (0..<4).map { _ in "\(64_000 + chance.share() * 900)" }.joined(separator: ", ") + "]"
        }
        let confidences = ["bull", "bear", "decision"].map { #""\#($0)_confidence": \#(chance.share())"# }
        return #"{"market_regime": "\#(regimes[chance.below(regimes.count)])", "#
            + #"\#(confidences.joined(separator: ", ")), "decided_at": "\#(isoTime(number))", "#
            + #""agent_votes": {\#(votes.joined(separator: ", "))}, "signals": {\#(values.joined(separator: ", "))}, "#
            + #""candles": [\#(candles.joined(separator: ", "))], "is_backtest": false, "parent": null}"#
    }

    private static func isoTime(_ number: Int) -> String {
        EventMaker.time(number).description.dropLast() + "+00:00"
    }
}

/// Pseudorandom values, the same for the same line.
private struct Chance {
    private var index: Int

    init(_ line: Int) { index = line * 1000 }

    /// A number from 0 to one less than the bound.
    mutating func below(_ bound: Int) -> Int {
        index += 1
        return EventMaker.scattered(index) % bound
    }

    /// A float from 0 to 1, with all its digits.
    mutating func share() -> Double { Double(below(1 << 53)) / Double(1 << 53) }

    /// This many digits.
    mutating func number(_ digitCount: Int) -> String {
        String(EventMaker.digits(below(1 << 60), digitCount).suffix(digitCount))
    }
}
