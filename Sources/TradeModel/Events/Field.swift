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

    /// What `kind` can be.
    static let adjustmentKinds = ["funding", "interest", "fee", "rebate", "other"]
}
