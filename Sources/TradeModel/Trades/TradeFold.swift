/// The fold of one trade's events: what `TradeState` keeps for each trade, from the bare rules up to a whole row.
public protocol TradeFold: Sendable {
    /// The fold of an `opened` event. Throws the rule that it breaks.
    init(opening event: Event) throws(Rejection)
    /// Takes in the next event of the trade.
    ///
    /// Throws the rule that the event breaks; the trade is then unchanged.
    mutating func apply(_ event: Event) throws(Rejection)
    /// The trade's state.
    var trade: Trade { get }
    /// Whether the trade is open.
    ///
    /// Checked at each event, like `eventCount`: a fold that would have to build its `trade` first can provide a faster
    /// way.
    var isOpen: Bool { get }
    /// How many events the trade has.
    var eventCount: UInt64 { get }
}

extension TradeFold {
    /// Whether the trade is open, by its state.
    public var isOpen: Bool { trade.status == .open }
    /// How many events the trade has, by its state.
    public var eventCount: UInt64 { trade.eventCount }
}

extension Trade: TradeFold {
    /// The trade that an `opened` event begins.
    public init(opening event: Event) throws(Rejection) {
        try self.init(opening: event.body, sequence: event.sequence)
    }

    /// Applies the next event of this trade.
    public mutating func apply(_ event: Event) throws(Rejection) {
        try apply(event.body, sequence: event.sequence)
    }

    /// Itself.
    public var trade: Trade { self }
}
