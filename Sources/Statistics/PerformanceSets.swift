internal import Projections
internal import TradeModel

extension PerformanceFold {
    /// The figures of every set that has a trade closed in the period, by currency, then by group.
    ///
    /// Sorts the trades once. Costs the trades, and for each set with a capital the days of the period.
    package consuming func figures() -> [SetFigures] {
        let sets = CollectedSets(self)
        let flows = Dictionary(grouping: sets.flows) { sets.key(of: $0) }
        return sets.ranges().compactMap { set, range in
            sets.input(set, range, flows[sets.keys[set]] ?? []).map { SetFigures($0, sets.query) }
        }
    }
}

/// The trades of all sets, in the order of sets and of figures, and what else the figures need.
private struct CollectedSets {
    let query: PerformanceQuery
    private(set) var keys: [TradeSetKey]
    private(set) var flows: [AccountFlow]
    private var trades: [ClosedTrade]
    private var sums: [TradeSums]
    private var openedAt: [Int: Int64]
    private let prices: PriceHistory
    private var positions: [Int: [HeldPosition]] = [:]
    /// The pairs without a price at a close in the period, by sets.
    private var unpricedTrades: [Int: Set<String>] = [:]
    /// The pairs without a price at a flow, or at a close before the period.
    private var unpricedEquity: [TradeSetKey: Set<String>] = [:]

    init(_ fold: consuming PerformanceFold) {
        (query, keys, flows, sums, prices) = (fold.query, fold.setKeys, fold.flows, fold.sums, fold.prices)
        openedAt = Dictionary(uniqueKeysWithValues: fold.openedAt.map { (Int($0.key), $0.value) })
        trades = fold.takeTrades()
        let currencies = keys.map(\.currency)
        let numbers = query.base.map { joinCurrencies(into: $0) } ?? Array(keys.indices)
        for (key, changes) in fold.holdings.positions {
            let set = Int(key.set)
            let position = HeldPosition(symbol: key.symbol, currency: currencies[set], changes: changes)
            positions[numbers[set], default: []].append(position)
        }
        if let base = query.base { convert(to: base, fold.amounts, currencies, numbers) }
        trades.removeAll { $0.set == ClosedTrade.noSet }
        trades.sort { $0.set == $1.set ? ClosedTrade.isBefore($0, $1) : $0.set < $1.set }
    }

    /// The set to which a flow belongs.
    func key(of flow: AccountFlow) -> TradeSetKey {
        TradeSetKey(group: query.grouping == .account ? flow.account : nil, currency: query.base ?? flow.currency)
    }

    /// Where the trades of each set are, in the order in which sets are listed.
    func ranges() -> [(set: Int, range: Range<Int>)] {
        var ranges: [(set: Int, range: Range<Int>)] = []
        var start = 0
        while start < trades.count {
            let set = trades[start].set
            var end = start
            while end < trades.count, trades[end].set == set { end += 1 }
            ranges.append((Int(set), start..<end))
            start = end
        }
        return ranges.sorted { isBefore(keys[$0.set], keys[$1.set]) }
    }

    private func isBefore(_ left: TradeSetKey, _ right: TradeSetKey) -> Bool {
        guard left.currency == right.currency else { return left.currency < right.currency }
        return query.grouping?.isBefore(left.group, right.group) ?? false
    }

    /// What the figures of a set rest on; nil where none of its trades was closed in the period.
    func input(_ set: Int, _ range: Range<Int>, _ flows: [AccountFlow]) -> SetInput? {
        let known = trades[range].prefix { query.isBeforeEnd($0.closedAt) }
        let inPeriod = known.drop { query.isBeforePeriod($0.closedAt) }
        guard !inPeriod.isEmpty else { return nil }
        let opens = trades[range].lazy.map(\.openedAt)
        return SetInput(
            key: keys[set],
            known: known,
            trades: inPeriod,
            sums: sums[set],
            flows: flows.filter(query.counts),
            firstOpen: min(opens.min() ?? .max, openedAt[set] ?? .max),
            unpricedTrades: (unpricedTrades[set] ?? []).sorted(),
            unpricedEquity: (unpricedEquity[keys[set]] ?? []).sorted(),
            positions: positions[set] ?? [],
            prices: prices
        )
    }

    /// Converts every amount into the base currency, at the last price on record at its time, and counts it in the set
    /// of its new number.
    private mutating func convert(
        to base: ByteText,
        _ amounts: [TradeAmounts],
        _ currencies: [ByteText],
        _ numbers: [Int]
    ) {
        for index in trades.indices where trades[index].set != ClosedTrade.noSet {
            let trade = trades[index]
            let (currency, set) = (currencies[Int(trade.set)], numbers[Int(trade.set)])
            trades[index].set = UInt32(set)
            guard let rate = prices.rate(of: currency, in: base, at: trade.closedAt),
                let pnl = trade.pnl.converted(at: rate)
            else {
                addUnpriced("\(currency.text)/\(base.text)", closedAt: trade.closedAt, set)
                continue
            }
            trades[index].pnl = pnl
            if query.includes(trade.closedAt) { sums[set].add(amounts[index], at: rate) }
        }
        for index in flows.indices {
            let flow = flows[index]
            guard let rate = prices.rate(of: flow.currency, in: base, at: flow.time),
                let amount = flow.amount.converted(at: rate)
            else {
                guard query.counts(flow) else { continue }
                unpricedEquity[key(of: flow), default: []].insert("\(flow.currency.text)/\(base.text)")
                continue
            }
            flows[index].amount = amount
        }
    }

    /// Names a pair without a price: equity also needs those of closes before the period, unless a capital is given.
    private mutating func addUnpriced(_ pair: String, closedAt: Int64, _ set: Int) {
        if query.includes(closedAt) {
            unpricedTrades[set, default: []].insert(pair)
        } else if query.capital == nil, query.isBeforePeriod(closedAt) {
            unpricedEquity[keys[set], default: []].insert(pair)
        }
    }

    /// Replaces the sets by those in the base currency; returns the new number of each.
    private mutating func joinCurrencies(into base: ByteText) -> [Int] {
        var (newKeys, newSums) = ([TradeSetKey](), [TradeSums]())
        var (known, newOpenedAt) = ([ByteText?: Int](), [Int: Int64]())
        let numbers = keys.enumerated().map { number, key in
            let new = known[key.group] ?? newKeys.count
            if new == newKeys.count {
                known[key.group] = new
                newKeys.append(TradeSetKey(group: key.group, currency: base))
                newSums.append(TradeSums())
            }
            newSums[new].pnlPercent.add(sums[number].pnlPercent)
            if let time = openedAt[number] { newOpenedAt[new] = min(time, newOpenedAt[new] ?? time) }
            return new
        }
        (keys, sums, openedAt) = (newKeys, newSums, newOpenedAt)
        return numbers
    }
}

extension TradeSums {
    /// Adds the amounts of a trade at a rate.
    fileprivate mutating func add(_ amounts: TradeAmounts, at rate: ExchangeRate) {
        fees.add(converted: amounts.fees.converted(at: rate))
        notional.add(converted: amounts.entryNotional.converted(at: rate))
        notional.add(converted: amounts.exitNotional.converted(at: rate))
    }
}

extension ExactSum {
    fileprivate mutating func add(converted amount: Decimal?) {
        if let amount { add(amount) } else { self = .unknown }
    }
}
