internal import TradeModel

/// The events of one producer: trades, one after another.
///
/// They are the same in every run.
struct Workload {
    /// The course of every trade.
    enum Course {
        /// Opened, increased, reduced, closed.
        case scaled
        /// Entered at three prices and taken out in four parts.
        ///
        /// The costs of a part are a quotient by 13, which does not end: they have 18 decimals and exceed 64 bits.
        case partialExits

        fileprivate var steps: [EventMaker.Step] {
            switch self {
            case .scaled:
                [(.opened, "0.25"), (.increased, "0.15"), (.reduced, "0.20"), (.closed, nil)].map(EventMaker.Step.init)
            case .partialExits:
                [
                    (.opened, "0.3"), (.increased, "0.4"), (.increased, "0.6"), (.reduced, "0.1"), (.reduced, "0.2"),
                    (.reduced, "0.3"), (.closed, nil),
                ].map(EventMaker.Step.init)
            }
        }
    }

    /// The number of the producer, below 100: no two producers have the same trades.
    private let producer: Int
    private let steps: [EventMaker.Step]
    private let maker: EventMaker

    init(_ course: Course = .scaled, producer: Int = 0) throws {
        precondition((0..<100).contains(producer), "a producer has two digits")
        self.producer = producer
        steps = course.steps
        maker = try EventMaker()
    }

    /// This many events of this producer, from the first.
    func drafts(_ count: Int, from first: Int = 0) throws -> [EventDraft] {
        try (first..<(first + count)).map { number in
            let id = Self.tradeID(number / steps.count, producer: producer)
            return try maker.draft(steps[number % steps.count], number, ofTrade: id)
        }
    }

    /// The id of a trade of a producer.
    static func tradeID(_ trade: Int, producer: Int = 0) -> String {
        "bench-\(EventMaker.digits(producer, 2))-\(EventMaker.digits(trade, 9))"
    }
}
