internal import Ledger
internal import Projections
internal import TradeModel

/// What a ledger has of a trade in the journal.
struct TradeOnRecord {
    /// Whether the order is on record that stands for a trade without a price.
    var hasOrder = false
    /// Whether the order has the record as it is now.
    var isOrderSame = false
    /// The fee of the open; nil if the trade is not on record.
    var openFee: Decimal?
    /// The fee of the close; nil if the trade was not closed.
    var closeFee: Decimal?
    /// Whether an import wrote the open.
    var isImported = false
    /// Whether there are fills that no record gives.
    var hasOtherFills = false
    var isVoided = false
    /// The names of what the record says otherwise about the fills.
    var differences: [String] = []
    /// The names of what it says otherwise in the context.
    var contextDifferences: [String] = []
}

/// What is to be done with a record.
enum JournalStep {
    /// Nothing, because the ledger has all of it.
    case nothing
    case list(JournalFault)
    /// Append the order that stands for a trade without a price.
    case order
    /// Append the open, and the close of a record that is closed.
    case open
    /// Append the close with this fee, and list what else has changed.
    case close(fee: Decimal, JournalFault?)
}

extension JournalTable {
    /// Notes what a ledger has of each trade.
    ///
    /// One pass over the log, whatever the number of records.
    mutating func match(_ reader: LedgerReader, upTo last: UInt64) throws {
        var cursor = reader.log.cursor(from: 1)
        while let event = try cursor.next(upTo: last, ofType: { $0.isAboutTrade || $0 == .orderSubmitted }) {
            let body = event.body
            guard let index = index(of: ByteText(body.subjectBytes)) else { continue }
            let entry = entries[index]
            let isSame = JournalEvent.hashText(in: body).map { $0.elementsEqual(entry.hash.description.utf8) }
            switch body.type {
            case .orderSubmitted: update(index) { ($0.hasOrder, $0.isOrderSame) = (true, isSame == true) }
            case .opened:
                let differences = try differences(of: entry, from: body, isSame)
                update(index) {
                    $0.openFee = body.decimal(.feeCost) ?? .zero
                    $0.isImported = isSame != nil
                    $0.differences += differences.fields
                    $0.contextDifferences += differences.context
                }
            case .closed:
                let differences = try differences(of: entry, from: body, isSame)
                update(index) {
                    $0.closeFee = body.decimal(.feeCost) ?? .zero
                    $0.differences += differences.fields
                    $0.contextDifferences += differences.context
                }
            case .increased, .reduced: update(index) { $0.hasOtherFills = true }
            case .voided: update(index) { $0.isVoided = true }
            default: break
            }
        }
    }

    /// What a record says otherwise than the open or the close of its trade; `isSame` compares the hash of the record,
    /// and is nil for an event that no import wrote.
    private func differences(
        of entry: JournalEntry,
        from body: EventBody,
        _ isSame: Bool?
    ) throws -> JournalEvent.Differences {
        if isSame == true { return JournalEvent.Differences() }
        let event: JournalEvent
        switch (body.type, entry.state) {
        case (.opened, .open), (.opened, .closed): event = try firstEvent(of: entry)
        case (.closed, .closed): event = try closeEvent(of: entry)
        default: return JournalEvent.Differences()
        }
        return try event.differences(from: body, isImported: isSame != nil)
    }
}

extension JournalEntry {
    /// What is to be done with the record.
    var step: JournalStep {
        if case .unpriced = state {
            return onRecord.openFee != nil ? .nothing : onRecord.hasOrder ? .list(unpriced) : .order
        }
        guard let openFee = onRecord.openFee else { return .open }
        guard !onRecord.isVoided else { return .nothing }
        guard onRecord.differences.isEmpty else {
            return .list(difference(onRecord.differences + onRecord.contextDifferences))
        }
        let context = onRecord.contextDifferences
        do throws(DecimalError) {
            guard case .closed = state else {
                let isSame = onRecord.closeFee != nil || onRecord.hasOtherFills || openFee == fees
                return step(ifChanged: context + (isSame ? [] : ["fees"]))
            }
            guard let closeFee = onRecord.closeFee else {
                guard !onRecord.hasOtherFills else { return .list(otherFills) }
                let rest = try fees.subtracting(openFee)
                let changed = context + (rest.isNegative ? ["fees"] : [])
                return .close(fee: rest, changed.isEmpty ? nil : difference(changed))
            }
            let recordedFees = try openFee.adding(closeFee)
            let isSame = onRecord.hasOtherFills || recordedFees == fees
            return step(ifChanged: context + (isSame ? [] : ["fees"]))
        } catch {
            return .list(JournalFault(.rejected, "number_out_of_range: the fees do not fit a decimal of 38 digits"))
        }
    }

    private func step(ifChanged names: [String]) -> JournalStep {
        names.isEmpty ? .nothing : .list(difference(names))
    }

    /// Says that the trade has no price yet.
    var unpriced: JournalFault {
        let isChanged = onRecord.hasOrder && !onRecord.isOrderSame
        return JournalFault(
            .unpriced,
            "entry_price is 0, so the ledger has an order and no trade; correct entry_price and import again"
                + (isChanged ? "; the record has changed since, and the order keeps what it said first" : "")
        )
    }

    private func difference(_ names: [String]) -> JournalFault {
        let list = names.joined(separator: ", ")
        return onRecord.isImported
            ? JournalFault(.changed, "since it was imported, the record has changed: \(list)")
            : JournalFault(.conflict, "the ledger has this trade from another program, with other values: \(list)")
    }

    private var otherFills: JournalFault {
        JournalFault(.conflict, "the ledger has fills of this trade that the record does not have")
    }
}
