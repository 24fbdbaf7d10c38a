internal import Projections
internal import Records
internal import TradeModel

/// The story of a trade as a page for people: its figures, then each event with the time since the first one.
///
/// No value is cut: what does not fit into a line goes on in the next one.
struct StoryPage {
    private let story: TradeStory
    private let columnCount: Int

    /// A page with lines of so many columns.
    init(_ story: TradeStory, columnCount: Int) {
        (self.story, self.columnCount) = (story, columnCount)
    }

    /// The lines, without line feeds and hidden characters.
    var lines: [String] {
        figures.flatMap { wrapped($0.text, after: Self.padded($0.name, to: Self.nameColumnCount)) } + [""] + events
    }

    /// The time of the first event.
    private var start: Timestamp { story.entries.first?.event.body.occurredAt ?? story.trade.trade.openedAt }

    private static let nameColumnCount = 12

    /// What is said of the whole trade, each with its name.
    private var figures: [(name: String, text: String)] {
        let history = story.trade
        let trade = history.trade
        let status = trade.status == .voided ? "voided, counts in no total" : trade.status.rawValue
        var lines = [("trade", "\(history.id), \(status)")]
        lines.append(("symbol", "\(history.symbol), \(trade.side.rawValue), \(history.orderType) order"))
        lines.append(("amount", amounts(trade)))
        let (pnl, percent) = (trade.figures.realizedPnL, trade.figures.pnlPercent)
        lines.append(("P&L", StoryWords.money(pnl, trade.quote) + ", \(percent) %"))
        let fees = StoryWords.money(trade.fees, trade.quote)
        lines.append(("fees", fees + (trade.isFeesIncomplete ? " and more in other currencies" : "")))
        lines.append(("adjusted", StoryWords.money(trade.adjustments, trade.quote)))
        lines.append(("held", holding(trade)))
        for (name, text) in [
            ("strategy", history.strategy), ("tag", history.tag), ("account", history.account),
            ("venue", history.venue),
        ] {
            if let text { lines.append((name, text)) }
        }
        return lines + story.orders.map { ("order", filled($0)) }
            + [("start", "\(Self.dateTime(start)), from which the times below count")]
    }

    private func amounts(_ trade: Trade) -> String {
        var parts = ["\(trade.entryAmount) entered at \(trade.figures.entryPrice)"]
        if let price = trade.figures.exitPrice { parts.append("\(trade.exitAmount) exited at \(price)") }
        if trade.status == .open { parts.append("\(trade.openAmount) open") }
        return parts.joined(separator: ", ")
    }

    private func holding(_ trade: Trade) -> String {
        let opened = Self.dateTime(trade.openedAt)
        guard let closed = trade.closedAt else {
            return trade.status == .open ? "since \(opened)" : "from \(opened), never closed"
        }
        return "\(Self.span(from: trade.openedAt, to: closed)), from \(opened) to \(Self.dateTime(closed))"
    }

    /// What the venue did with an order.
    private func filled(_ order: OrderRow) -> String {
        let record = Record(order, OrderRow.columns)
        func told(_ name: String, _ text: String = "") -> String? {
            let value = record.first { $0.name == name }?.cell.plain ?? ""
            return value.isEmpty ? nil : text + value
        }
        let price = told("average_price", " at ") ?? ""
        let parts = [
            told("status"), told("filled_amount", "fills ").map { $0 + price }, told("fees", "fees "),
            told("anomaly"),
        ]
        return "\(order.id.text): " + parts.compactMap { $0 }.joined(separator: ", ")
    }

    /// The events, each after the time and the sequence.
    private var events: [String] {
        var words = StoryWords(story.trade)
        let told = story.entries.map { entry in
            (
                time: Self.offset(from: start, to: entry.event.body.occurredAt),
                sequence: "#\(entry.event.sequence)", words: words.told(entry)
            )
        }
        let timeColumnCount = told.map(\.time.count).max() ?? 0
        let sequenceColumnCount = told.map(\.sequence.count).max() ?? 0
        return told.flatMap { event in
            let place =
                Self.padding(event.time, to: timeColumnCount) + event.time + "  "
                + Self.padded(event.sequence, to: sequenceColumnCount) + "  "
            let indent = String(repeating: " ", count: place.count + 2)
            let effect = event.words.effect.map { "→ \($0)" }
            let whole = wrapped([event.words.deed, effect].compactMap { $0 }.joined(separator: " "), after: place)
            let lines =
                whole.count == 1
                ? whole
                : wrapped(event.words.deed, after: place) + (effect.map { wrapped($0, after: indent) } ?? [])
            return lines + event.words.context.flatMap { wrapped($0, after: indent) }
        }
    }
}

/// Lines and columns.
extension StoryPage {
    /// A text after a first piece, in lines that fit; further lines begin two columns further in.
    private func wrapped(_ text: String, after first: String) -> [String] {
        let indent = String(repeating: " ", count: first.count + 2)
        var room = max(columnCount - first.count, Self.roomMin)
        var lines: [String] = []
        var line = ""
        func end() {
            lines.append((lines.isEmpty ? first : indent) + line)
            line = ""
            room = max(columnCount - indent.count, Self.roomMin)
        }
        for (number, word) in TerminalText.escaped(text).split(separator: " ", omittingEmptySubsequences: false)
            .enumerated()
        {
            if number > 0, line.count + 1 + word.count > room { end() } else if number > 0 { line += " " }
            var rest = word
            while rest.count > room - line.count {
                let piece = rest.prefix(room - line.count)
                line += piece
                rest = rest.dropFirst(piece.count)
                end()
            }
            line += rest
        }
        end()
        return lines
    }

    /// A text has at least so many columns, also where ids leave fewer.
    private static let roomMin = 20

    private static func padded(_ text: String, to columnCount: Int) -> String {
        text + padding(text, to: columnCount)
    }

    private static func padding(_ text: String, to columnCount: Int) -> String {
        String(repeating: " ", count: max(columnCount - text.count, 0))
    }
}

/// Times, to the second.
extension StoryPage {
    private static let microsecondsPerSecond: Int64 = 1_000_000

    private static func secondCount(from start: Timestamp, to end: Timestamp) -> Int64 {
        (end.microsecondsSince1970 - start.microsecondsSince1970) / microsecondsPerSecond
    }

    /// The time between two instants, such as `+27:00:05`.
    private static func offset(from start: Timestamp, to end: Timestamp) -> String {
        let seconds = secondCount(from: start, to: end)
        let (hours, rest) = seconds.magnitude.quotientAndRemainder(dividingBy: 3600)
        return "\(seconds < 0 ? "-" : "+")\(hours):\(twoDigits(rest / 60)):\(twoDigits(rest % 60))"
    }

    private static func twoDigits(_ number: UInt64) -> String { (number < 10 ? "0" : "") + String(number) }

    /// The time between two instants in words, such as `1 d 3 h 12 min`; seconds only below an hour.
    private static func span(from start: Timestamp, to end: Timestamp) -> String {
        let seconds = secondCount(from: start, to: end)
        let count = seconds.magnitude
        let units = [(count / 86_400, "d"), (count / 3600 % 24, "h"), (count / 60 % 60, "min")]
        let parts = units + (count < 3600 ? [(count % 60, "s")] : [])
        let told = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return told.isEmpty ? "0 s" : (seconds < 0 ? "-" : "") + told.joined(separator: " ")
    }

    private static func dateTime(_ time: Timestamp) -> String {
        time.description.prefix { $0 != "." } + "Z"
    }
}
