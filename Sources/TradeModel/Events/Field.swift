/// A field that only some events have.
///
/// The raw value is the field's tag in the binary encoding and never changes; ascending tags are also the order of the
/// columns of `ledger.trade_events`.
public enum Field: UInt8, CaseIterable, Sendable {
    case correlationID = 1
    case symbol = 2
    case quote = 3
    case side = 4
    case orderType = 5
    case amount = 6
    case price = 7
    case feeCost = 8
    case feeCurrency = 9
    case feeQuoteCost = 10
    case dust = 11
    case kind = 12
    case cost = 13
    case strategy = 14
    case account = 15
    case venue = 16
    case exchangeOrderID = 17
    case fillID = 18
    case reason = 19
    case actor = 20
    case context = 21

    /// How a field's value is written.
    public enum Form: Hashable, Sendable {
        /// UTF-8 text of at most so many bytes.
        case text(byteCountMax: Int)
        /// An exact decimal.
        case decimal
        /// A JSON object, kept byte for byte.
        case json
    }

    /// The field's name in SQL, and in JSON except for the three parts of `fee`.
    public var name: String {
        switch self {
        case .correlationID: "correlation_id"
        case .symbol: "symbol"
        case .quote: "quote"
        case .side: "side"
        case .orderType: "order_type"
        case .amount: "amount"
        case .price: "price"
        case .feeCost: "fee_cost"
        case .feeCurrency: "fee_currency"
        case .feeQuoteCost: "fee_quote_cost"
        case .dust: "dust"
        case .kind: "kind"
        case .cost: "cost"
        case .strategy: "strategy"
        case .account: "account"
        case .venue: "venue"
        case .exchangeOrderID: "exchange_order_id"
        case .fillID: "fill_id"
        case .reason: "reason"
        case .actor: "actor"
        case .context: "context"
        }
    }

    /// How the value is written, with its limit.
    public var form: Form {
        switch self {
        case .amount, .price, .feeCost, .feeQuoteCost, .cost: .decimal
        case .context: .json
        case .reason, .actor: .text(byteCountMax: Limits.remarkByteCountMax)
        default: .text(byteCountMax: Limits.identifierByteCountMax)
        }
    }

    /// The fields that JSON has within `fee`, by their names there.
    package static let feeParts: [(name: String, field: Field)] = [
        ("cost", .feeCost), ("currency", .feeCurrency), ("quote_cost", .feeQuoteCost),
    ]

    /// Which texts a field of text takes, within its limit.
    public enum Texts: Hashable, Sendable {
        case anything
        /// At least one byte.
        case nonEmpty
        /// One of these, as the body holds it.
        case side, adjustmentKind
        /// A decimal that is not negative, or `rest`.
        case quantityOrRest

        /// The texts of a choice; nil where there are too many to list.
        public var choices: [String]? {
            switch self {
            case .anything, .nonEmpty, .quantityOrRest: nil
            case .side: Self.sides
            case .adjustmentKind: Self.adjustmentKinds
            }
        }

        private static let sides = ["buy", "sell"]
        private static let adjustmentKinds = ["funding", "interest", "fee", "rebate", "other"]
    }

    /// Which texts the field takes.
    public var texts: Texts {
        switch self {
        case .symbol: .nonEmpty
        case .side: .side
        case .kind: .adjustmentKind
        case .dust: .quantityOrRest
        default: .anything
        }
    }

    /// What the field says, for the documentation and the comment of its column.
    public var meaning: String {
        switch self {
        case .correlationID: "The id under which other programs log the same thing."
        case .symbol: "The instrument, such as BTC/USDT."
        case .quote:
            "The currency of prices and costs; by default what follows the last / (else the last -) of symbol, up to a "
                + "colon."
        case .side: "The direction of the entry: buy or sell; on input also long or short, in any case."
        case .orderType: "The kind of order, such as market, limit or stop."
        case .amount:
            "How much was traded, in the base currency, above 0; a close without it takes all that is open, less dust."
        case .price:
            "The quote currency for one unit of the base currency, above 0; 0 on a close whose reason is expired or "
                + "written_off."
        case .feeCost: "The fee of this fill, in fee_currency; negative is a rebate."
        case .feeCurrency: "The currency of fee_cost; the quote currency where it is absent."
        case .feeQuoteCost: "The value of the fee in the quote currency, where the producer knows it."
        case .dust:
            "What a close writes off, in the base currency: a decimal of 0 or above, or rest for whatever stays open "
                + "after amount."
        case .kind: "What an adjustment is for: funding, interest, fee, rebate or other."
        case .cost: "The amount of an adjustment, in the quote currency; positive was received, negative was paid."
        case .strategy: "The strategy that opened the trade."
        case .account: "The account that the trade is on."
        case .venue: "The exchange or broker of the trade."
        case .exchangeOrderID: "The id that the venue gave the order."
        case .fillID: "The id that the venue gave the fill; a trade records each fill once."
        case .reason: "Why it was done."
        case .actor: "Who did it."
        case .context: "What the producer knew at the time: a JSON object, kept byte for byte, at most 64 levels deep."
        }
    }

    /// A value that an event can have, as `EventDraft` takes it.
    public var example: String {
        switch self {
        case .correlationID: "signal-17"
        case .symbol: "BTC/USDT"
        case .quote: "USDT"
        case .side: "buy"
        case .orderType: "limit"
        case .amount: "0.25"
        case .price: "64210.5"
        case .feeCost: "6.42105"
        case .feeCurrency: "USDT"
        case .feeQuoteCost: "6.42105"
        case .dust: "rest"
        case .kind: "funding"
        case .cost: "-1.25"
        case .strategy: "trend"
        case .account: "main"
        case .venue: "binance"
        case .exchangeOrderID: "81250001"
        case .fillID: "f-9001"
        case .reason: "take_profit"
        case .actor: "alice"
        case .context: #"{"market_regime":"trending_up","bull_confidence":0.78}"#
        }
    }
}
