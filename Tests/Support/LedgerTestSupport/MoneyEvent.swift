/// Events of accounts and prices for a generated history.
enum MoneyEvent {
    private static let accounts = ["default", "main", "konto é"]
    private static let currencies = ["USDT", "EUR", "BTC", "円"]
    private static let kinds = ["interest", "staking", "airdrop", "settlement", "conversion", "correction", "fee"]

    /// An event as a line of JSON.
    static func line(at milliseconds: Int64, _ random: inout SeededGenerator) -> String {
        if random.next(below: 3) == 0 { return price(at: milliseconds, &random) }
        let index = Int(random.next(below: UInt64(accounts.count)))
        let account = accounts[index]
        let currency = #""currency":"\#(pick(currencies, &random))""#
        let amount = "\(random.next(below: 100_000)).\(1 + random.next(below: 99_999_999))"
        let sign = random.next(below: 4) == 0 ? "-" : ""
        func line(_ type: String, _ members: String) -> String {
            #"{"type":"account.\#(type)","account":"\#(account)","occurred_at":\#(milliseconds),"#
                + #"\#(currency),\#(members)}"#
        }
        switch random.next(below: 8) {
        case 0...1: return line("deposited", #""amount":"\#(amount)""#)
        case 2: return line("withdrawn", #""amount":"\#(amount)","actor":"maria""#)
        case 3: return line("transferred", #""amount":"\#(amount)","to_account":"\#(another(than: index))""#)
        case 4...5: return line("adjusted", #""kind":"\#(pick(kinds, &random))","cost":"\#(sign)\#(amount)""#)
        default: return line("observed", #""amount":"\#(sign)\#(amount)""#)
        }
    }

    private static func price(at milliseconds: Int64, _ random: inout SeededGenerator) -> String {
        let symbols = EventGenerator.symbols + ["EUR/USDT", "BTC/EUR"]
        return #"{"type":"price.observed","symbol":"\#(pick(symbols, &random))","occurred_at":\#(milliseconds),"#
            + #""price":"\#(1 + random.next(below: 99_999)).\#(1 + random.next(below: 999_999))"}"#
    }

    private static func another(than index: Int) -> String { accounts[(index + 1) % accounts.count] }

    private static func pick(_ choices: [String], _ random: inout SeededGenerator) -> String {
        choices[Int(random.next(below: UInt64(choices.count)))]
    }
}
