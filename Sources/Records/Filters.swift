package import Projections
package import TradeModel

/// A half-open interval of times.
package struct TimeRange: Sendable {
    private let since: Timestamp?
    private let until: Timestamp?

    /// The times from `since` to just before `until`; nil for no bound.
    package init(since: Timestamp? = nil, until: Timestamp? = nil) { (self.since, self.until) = (since, until) }

    /// Whether the range has no bounds.
    var isEverything: Bool { since == nil && until == nil }

    /// Whether the range includes a time; only a range without bounds includes a missing one.
    package func includes(_ time: Timestamp?) -> Bool {
        guard let time else { return isEverything }
        return since.map { time >= $0 } ?? true && until.map { time < $0 } ?? true
    }
}

/// The conditions under which `trades` lists a trade.
package struct TradeFilter: Sendable {
    /// What the open must say.
    private let texts: [(field: Field, text: String)]
    private let opened: TimeRange
    private let status: Trade.Status?
    private let closed: TimeRange

    /// The conditions that are not nil.
    package init(
        status: Trade.Status?,
        symbol: String?,
        strategy: String?,
        tag: String?,
        account: String?,
        opened: TimeRange,
        closed: TimeRange
    ) {
        let asked: [(Field, String?)] = [
            (.symbol, symbol), (.strategy, strategy), (.tag, tag), (.account, account),
        ]
        texts = asked.compactMap { field, text in text.map { (field, $0) } }
        (self.status, self.opened, self.closed) = (status, opened, closed)
    }

    /// Whether not every trade is listed that can be by its open.
    package var dependsOnLaterEvents: Bool { status != nil || !closed.isEverything }

    /// Whether a trade with this open can be listed.
    package func includes(opening body: EventBody) -> Bool {
        // By bytes: strings are also equal where Unicode composes them differently.
        opened.includes(body.occurredAt)
            && texts.allSatisfy { asked in
                body.textBytes(asked.field).map { asked.text.utf8.elementsEqual($0) } ?? false
            }
    }

    /// Whether a trade is listed.
    package func includes(_ history: TradeHistory) -> Bool {
        (status == nil || history.trade.status == status) && closed.includes(history.trade.closedAt)
            && includes(opening: history.opening)
    }
}

/// The conditions under which `events` prints an event.
package struct EventFilter: Sendable {
    private let type: EventType?
    private let family: String?
    private let subject: String?
    private let trade: String?

    /// The conditions that are not nil.
    package init(type: EventType?, family: String?, subject: String?, trade: String?) {
        (self.type, self.family, self.subject, self.trade) = (type, family, subject, trade)
    }

    /// Whether it includes events of a type about a subject.
    package func includes(_ type: EventType, about subject: some Collection<UInt8>) -> Bool {
        (self.type == nil || type == self.type) && (family == nil || type.family.name == family)
            // By bytes: strings are also equal where Unicode composes them differently.
            && (self.subject?.utf8.elementsEqual(subject) ?? true)
            && (trade.map { type.isAboutTrade && $0.utf8.elementsEqual(subject) } ?? true)
    }

    /// Whether it includes an event.
    package func includes(_ body: EventBody) -> Bool { includes(body.type, about: body.subjectBytes) }
}

/// The conditions under which a row is listed: what some of its columns must be.
package struct RowFilter<Row>: Sendable {
    private let tests: [(column: Column<Row>, values: [String])]

    /// For each column that is named, the values of which it must have one; nil for any.
    package init(_ columns: [Column<Row>], _ values: [(column: String, values: [String]?)]) {
        tests = values.compactMap { name, values in
            guard let values, let column = columns.first(where: { $0.name == name }) else { return nil }
            return (column, values)
        }
    }

    /// Whether a row is listed.
    package func includes(_ row: Row) -> Bool {
        // By bytes: strings are also equal where Unicode composes them differently.
        tests.allSatisfy { test in
            let text = test.column.value(row).text ?? ""
            return test.values.contains { $0.utf8.elementsEqual(text.utf8) }
        }
    }
}
