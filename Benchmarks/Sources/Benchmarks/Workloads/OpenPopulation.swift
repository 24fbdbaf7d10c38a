internal import TradeModel

/// The events of many trades that are open at the same time, on many symbols.
///
/// They are the same in every run. Which trade an event changes is random, as in a book of independent positions.
struct OpenPopulation {
    private struct OpenTrade {
        let number: Int
        /// What is open, in hundredths of the base currency.
        var hundredths: Int
    }

    private let maker: EventMaker
    private var open: [OpenTrade] = []
    private var tradeCount = 0
    private var eventCount = 0

    private static let symbolCount = 500

    init() throws {
        maker = try EventMaker()
    }

    /// The events that open this many trades.
    mutating func openings(_ count: Int) throws -> [EventDraft] {
        try (0..<count).map { _ in try opening() }
    }

    /// This many events on a population that stays as large: a quarter of them opens trades, a quarter increases some,
    /// a quarter reduces some, and a quarter closes some.
    mutating func changes(_ count: Int) throws -> [EventDraft] {
        try (0..<count).map { index in
            let place = EventMaker.scattered(eventCount) % open.count
            switch index % 4 {
            case 0: return try opening()
            case 1: return try increase(at: place)
            // The smallest amount cannot be halved.
            case 2: return try open[place].hundredths > 1 ? reduction(at: place) : increase(at: place)
            default: return try closing(at: place)
            }
        }
    }

    private mutating func opening() throws -> EventDraft {
        let trade = OpenTrade(number: tradeCount, hundredths: 25)
        tradeCount += 1
        open.append(trade)
        return try draft(.opened, trade, hundredths: trade.hundredths)
    }

    private mutating func increase(at place: Int) throws -> EventDraft {
        open[place].hundredths += 15
        return try draft(.increased, open[place], hundredths: 15)
    }

    /// Takes out half of the position.
    private mutating func reduction(at place: Int) throws -> EventDraft {
        let half = open[place].hundredths / 2
        open[place].hundredths -= half
        return try draft(.reduced, open[place], hundredths: half)
    }

    private mutating func closing(at place: Int) throws -> EventDraft {
        open.swapAt(place, open.count - 1)
        return try draft(.closed, open.removeLast(), hundredths: nil)
    }

    private mutating func draft(_ type: EventType, _ trade: OpenTrade, hundredths: Int?) throws -> EventDraft {
        defer { eventCount += 1 }
        let amount = hundredths.map { "\($0 / 100).\(EventMaker.digits($0 % 100, 2))" }
        let symbol = "C\(EventMaker.digits(trade.number % Self.symbolCount, 3))/USDT"
        let step = EventMaker.Step(type: type, amount: amount)
        return try maker.draft(step, eventCount, ofTrade: Workload.tradeID(trade.number), symbol: symbol)
    }
}
