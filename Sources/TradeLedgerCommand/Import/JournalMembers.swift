internal import TradeModel

/// The members of a record's JSON object, by their names in the bot's `TradeRecord`.
///
/// Null means the same as absence, as in an event.
struct JournalMembers {
    private var fields: [String: ContextObject.Value] = [:]
    /// The members that no field of an event holds, by name.
    private(set) var context: [(name: String, json: [UInt8])] = []

    /// What the fields of events, or the figures of the ledger, hold.
    private static let fieldNames: Set = [
        "trade_id", "symbol", "timestamp", "side", "order_type", "amount", "entry_price", "exit_price", "fees",
        "closed", "close_timestamp", "realized_pnl", "pnl_pct", "won",
    ]

    /// Reads the text of a file; throws what is wrong with it.
    init(_ text: [UInt8]) throws(JournalFault) {
        let object = try JournalText.object(text)
        for (name, value) in object.members where value.kind != .null {
            if Self.fieldNames.contains(name) {
                fields[name] = value
            } else {
                context.append((name, JournalText.compact(value.raw)))
            }
        }
        // So that a record has one hash, in whatever order its file is written.
        context.sort { $0.name < $1.name }
    }

    /// Whether the record has a value under a name of a field.
    func has(_ name: String) -> Bool { fields[name] != nil }

    /// A value as it is written; nil if there is none.
    func json(_ name: String) -> ArraySlice<UInt8>? { fields[name]?.raw }

    /// All members, by name.
    var all: [(name: String, json: [UInt8])] {
        (context + fields.map { (name: $0.key, json: JournalText.compact($0.value.raw)) }).sorted { $0.name < $1.name }
    }

    /// A text in UTF-8.
    func string(_ name: String) throws(JournalFault) -> ArraySlice<UInt8> {
        guard let string = try value(name).string else { throw Self.fault(name, "is not a string") }
        return string
    }

    /// A number, exactly as its digits say.
    func decimal(_ name: String) throws(JournalFault) -> Decimal {
        let value = try value(name)
        guard value.kind == .number || value.kind == .string else { throw Self.fault(name, "is not a number") }
        let text = value.string ?? value.raw
        do throws(DecimalError) { return try Decimal(parsing: text.span) } catch {
            throw Self.fault(name, error == .outOfRange ? "does not fit a decimal of 38 digits" : "is not a number")
        }
    }

    /// A number that may be absent.
    func decimalIfPresent(_ name: String) throws(JournalFault) -> Decimal? {
        guard has(name) else { return nil }
        return try decimal(name)
    }

    /// A truth value; false if there is none.
    func bool(_ name: String) throws(JournalFault) -> Bool {
        guard has(name) else { return false }
        let value = try value(name)
        guard value.kind == .bool else { throw Self.fault(name, "is neither true nor false") }
        return value.raw.first == UInt8(ascii: "t")
    }

    private func value(_ name: String) throws(JournalFault) -> ContextObject.Value {
        guard let value = fields[name] else { throw Self.fault(name, "is missing") }
        return value
    }

    private static func fault(_ name: String, _ problem: String) -> JournalFault {
        JournalFault(.unreadable, "not a record of the journal: \(name) \(problem)")
    }
}
