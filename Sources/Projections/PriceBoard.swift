import TradeModel

/// The last price of each symbol: marks of positions, and rates between currencies.
public struct PriceBoard: Sendable {
    private var prices: [ByteText: PriceRow] = [:]

    /// No price.
    public init() {}

    /// Takes in the next event; only a price changes anything.
    ///
    /// Returns the row that it changes.
    mutating func apply(_ event: Event) -> PriceRow? {
        guard event.body.type == .priceObserved, let price = event.body.decimal(.price) else { return nil }
        let symbol = ByteText(event.body.subjectBytes)
        let row = PriceRow(symbol: symbol, price: price, time: event.body.occurredAt, sequence: event.sequence)
        prices[symbol] = row
        return row
    }

    /// The rows, in the order of their symbols.
    package var rows: [PriceRow] { prices.values.sorted { $0.symbol < $1.symbol } }

    /// The price of a symbol that was recorded last, and when it was observed; nil where there is none.
    func mark(of symbol: ByteText) -> (price: Decimal, time: Timestamp)? {
        prices[symbol].map { ($0.price, $0.time) }
    }

    /// What one unit of a currency is worth in another; nil where no price says so.
    ///
    /// It is the price of `CURRENCY/BASE`, else 1 ÷ that of `BASE/CURRENCY` at 18 decimals, half-even. Rates are never
    /// chained.
    func rate(of currency: ByteText, in base: ByteText) -> Decimal? {
        if currency == base { return .one }
        if let direct = prices[Self.pair(currency, base)] { return direct.price }
        guard let inverse = prices[Self.pair(base, currency)] else { return nil }
        do throws(DecimalError) { return try Decimal.quotient(.one, by: inverse.price) } catch { return nil }
    }

    /// The symbol of a currency in another one.
    package static func pair(_ base: ByteText, _ quote: ByteText) -> ByteText {
        ByteText(base.bytes + [UInt8(ascii: "/")] + quote.bytes)
    }
}

/// A row of `ledger.prices`: the last price of a symbol.
public struct PriceRow: Sendable {
    let symbol: ByteText
    let price: Decimal
    let time: Timestamp
    let sequence: UInt64

    /// All columns.
    package static let columns: [Column<PriceRow>] = [
        Column("symbol", .text, "The instrument, such as BTC/USDT.") { .text($0.symbol.text) },
        Column("price", .numeric, "The price that was recorded last.") { .decimal($0.price) },
        Column("observed_at", .timestamptz, "When it was observed.") { .time($0.time) },
        Column("sequence", .bigint, "The sequence of the event that recorded it.") {
            ColumnValue(sequence: $0.sequence)
        },
    ]
}
