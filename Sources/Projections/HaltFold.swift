public import TradeModel

/// Every halt, from its beginning to its end.
public struct HaltFold: Sendable {
    /// In the order in which they began.
    public private(set) var rows: [HaltRow] = []
    /// By their scopes, the places in `rows` of the halts in force.
    private var inForce: [ByteText: Int] = [:]

    /// No halt.
    public init() {}

    /// Takes in the next event; only those about scopes change anything.
    ///
    /// Returns the row that it changes.
    @discardableResult
    package mutating func apply(_ event: Event) -> HaltRow? {
        guard event.body.type.isAboutScope else { return nil }
        let scope = ByteText(event.body.subjectBytes)
        if event.body.type == .riskHalted {
            guard inForce[scope] == nil else { return nil }
            inForce[scope] = rows.count
            rows.append(HaltRow(beginning: event, scope))
            return rows.last
        }
        guard let place = inForce.removeValue(forKey: scope) else { return nil }
        rows[place].end(with: event)
        return rows[place]
    }
}

/// Which trades were opened during a halt.
extension HaltFold {
    /// Whether a halt that covers an event is in force.
    package func areInForce(for body: EventBody) -> Bool {
        !inForce.isEmpty && inForce.values.contains { rows[$0].covers(body) }
    }

    /// Whether a halt that covers an event was in force when the ledger took it.
    ///
    /// O(halts).
    package func wereInForce(for body: EventBody, at sequence: UInt64) -> Bool {
        rows.contains { row in
            row.beginning.sequence < sequence && row.ending.map { $0.sequence > sequence } ?? true && row.covers(body)
        }
    }
}

/// A row of `halts`: one halt.
public struct HaltRow: Sendable {
    /// What it covers.
    public let scope: ByteText
    /// The event that began it.
    let beginning: Event
    var firstSequence: UInt64 { beginning.sequence }
    /// The event that ended it; nil while it is in force.
    public private(set) var ending: Event?

    fileprivate init(beginning event: Event, _ scope: ByteText) {
        self.scope = scope
        beginning = event.copied()
    }

    fileprivate mutating func end(with event: Event) { ending = event.copied() }

    fileprivate func covers(_ body: EventBody) -> Bool { Scope(scope.bytes.span)?.covers(body) ?? false }

    /// All columns, in the order in which the program prints them.
    public static let columns: [Column<HaltRow>] = [
        Column("scope", .text, look: .key, "What it covers: \(Scope.expected).") {
            .text($0.scope.text)
        },
        Column("halted_at", .timestamptz, look: .key, "When it began.") { .time($0.beginning.body.occurredAt) },
        Column("resumed_at", .timestamptz, isNullable: true, look: .key, "When it ended; NULL while it is in force.") {
            ColumnValue($0.ending?.body.occurredAt)
        },
        Column("reason", .text, isNullable: true, look: TableLook(.key, .prose), "Why it began.") {
            ColumnValue($0.beginning.body.text(.reason))
        },
        Column("actor", .text, isNullable: true, look: .main, "Who began it.") {
            ColumnValue($0.beginning.body.text(.actor))
        },
        Column("resumed_by", .text, isNullable: true, look: .more, "Who ended it.") {
            ColumnValue($0.ending?.body.text(.actor))
        },
        Column("first_sequence", .bigint, "The sequence of the event that began it.") {
            ColumnValue(sequence: $0.beginning.sequence)
        },
        Column("last_sequence", .bigint, "The sequence of its last event.") {
            ColumnValue(sequence: ($0.ending ?? $0.beginning).sequence)
        },
    ]
}
