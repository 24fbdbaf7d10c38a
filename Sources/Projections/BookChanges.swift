import TradeModel

/// What the events of a chunk change in the rows that `Books` folds, for a chunk that may be cut after any event.
///
/// Most trades move the same few balances and positions. Their rows are far larger than what an event changes in them,
/// and only those after the last event are needed as a rule. So the rows of a cut are folded again.
package struct BookChanges: Sendable {
    private let (balancesBefore, positionsBefore): (BalanceFold, PositionFold)
    private var (balancesAfter, positionsAfter): (BalanceFold, PositionFold)
    var balanceChanges: [BalanceChange] = []
    var positionChanges: [PositionChange] = []
    private var rows: [(sequence: UInt64, key: Key, row: BookRow)] = []

    /// What distinguishes a row from all others, except for balances and positions.
    enum Key: Hashable {
        case order(ByteText)
        case halt(UInt64)
        case price(ByteText)
        case outcome(OutcomeFold.Key)
        case model(ModelFold.Key)
        case calibration(CalibrationRow.ID)
        case strategy(ByteText)
        case flow(UInt64, ByteText)
        case decision(ByteText)
        case prediction(ByteText)
        case alert(ByteText)
    }

    /// Before the first event of the chunk.
    init(after balances: BalanceFold, _ positions: PositionFold, eventCount: Int) {
        balanceChanges.reserveCapacity(eventCount * TradeMovements.usualChangeCount)
        positionChanges.reserveCapacity(eventCount)
        (balancesBefore, positionsBefore) = (balances, positions)
        (balancesAfter, positionsAfter) = (balances, positions)
    }

    /// Takes note of a row as an event leaves it.
    mutating func note(_ key: Key, _ row: BookRow, _ event: Event) { rows.append((event.sequence, key, row)) }

    /// After the last event of the chunk.
    mutating func end(_ balances: BalanceFold, _ positions: PositionFold) {
        (balancesAfter, positionsAfter) = (balances, positions)
    }

    /// The rows that consecutive events of the chunk change, as the last of them leaves them: each row once.
    ///
    /// O(changes).
    package func rows(of sequences: ClosedRange<UInt64>) -> [BookRow] {
        var (balances, positions) = (balancesAfter, positionsAfter)
        if max(balanceChanges.last?.sequence ?? 0, positionChanges.last?.sequence ?? 0) > sequences.upperBound {
            (balances, positions) = (balancesBefore, positionsBefore)
            balances.addPlaces(of: balancesAfter)
            positions.addPlaces(of: positionsAfter)
            for change in balanceChanges where change.sequence <= sequences.upperBound { balances.apply(change) }
            for change in positionChanges where change.sequence <= sequences.upperBound { positions.apply(change) }
        }
        let changedBalances = balanceChanges.lazy.filter { sequences.contains($0.sequence) }.map(\.place)
        let changedPositions = positionChanges.lazy.filter { sequences.contains($0.sequence) }.map(\.place)
        return Self.distinct(changedBalances).map { .balance(balances[$0]) }
            + Self.distinct(changedPositions).map { .position(positions[$0]) } + otherRows(of: sequences)
    }

    /// Places without those that are repeated: a set would hash each of them.
    private static func distinct(_ places: some Sequence<Int>) -> [Int] {
        var isAmongThem: [Bool] = []
        for place in places {
            while place >= isAmongThem.count { isAmongThem.append(false) }
            isAmongThem[place] = true
        }
        return isAmongThem.indices.filter { isAmongThem[$0] }
    }

    private func otherRows(of sequences: ClosedRange<UInt64>) -> [BookRow] {
        var keys: Set<Key> = []
        var last: [BookRow] = []
        // By index, because a copy of a row costs more than its key.
        for index in rows.indices.reversed()
        where sequences.contains(rows[index].sequence) && keys.insert(rows[index].key).inserted {
            last.append(rows[index].row)
        }
        return last
    }
}

/// A row of one of the tables that `Books` folds.
package enum BookRow: Sendable {
    case order(OrderRow)
    case balance(BalanceRow)
    case position(PositionRow)
    case halt(HaltRow)
    case price(PriceRow)
    case outcome(OutcomeRow)
    case model(ModelRow)
    case calibration(CalibrationRow)
    case strategy(StrategyRow)
    case flow(FlowRow)
    case decision(DecisionRow)
    case prediction(PredictionRow)
    case alert(AlertRow)
}
