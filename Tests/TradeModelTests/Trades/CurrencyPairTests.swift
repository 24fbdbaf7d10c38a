import Testing
import TradeModel

@Suite struct `The currencies of a symbol` {
    @Test(arguments: [
        ("BTC/USDT", "BTC", "USDT"), ("BTC/USDT:USDT", "BTC", "USDT"), ("BTC-USD", "BTC", "USD"),
        ("A-B-C", "A-B", "C"), ("A/B/C", "A/B", "C"), ("A-B/C-D", "A-B", "C-D"), ("A/B-C:D", "A", "B-C"),
        ("BTC/USDT:USDT-240628", "BTC", "USDT"), ("BTC-USD:A:B", "BTC", "USD"), ("A:B/C", "A:B", "C"),
        ("BTCUSDT", "", ""), ("BTC:USDT", "", ""), ("/USDT", "", "USDT"), ("BTC/", "BTC", ""), ("BTC/:X", "BTC", ""),
        ("/", "", ""), ("-", "", ""), ("日本/円", "日本", "円"), ("A/\u{301}B", "A", "\u{301}B"),
    ])
    func `come before and after the last separator`(symbol: String, base: String, quote: String) {
        let pair = CurrencyPair(symbol: symbol)
        #expect(Array(pair.base.utf8) == Array(base.utf8))
        #expect(Array(pair.quote.utf8) == Array(quote.utf8))
    }

    @Test(arguments: [("BTCUSDT", "USDT"), ("BTC/USDT", "EUR"), ("BTC/USDT", "")])
    func `yield to the quote of the event`(symbol: String, quote: String) throws {
        let trade = try TradeHistory("1", at: "1", [.symbol: symbol, .quote: quote]).trade
        #expect(trade.quote == quote)
    }
}
