internal import Projections
internal import TradeModel

/// Says in words what each event of a story did.
struct StoryWords {
    private let tradeID: String
    private let symbol: String
    private let quote: String
    private let side: Trade.Side
    /// What had been taken out of the position before the event.
    private var exitAmount = Decimal.zero

    /// For the story of a trade, whose events come in order.
    init(_ history: TradeHistory) {
        (tradeID, symbol) = (history.id, history.symbol)
        (quote, side) = (history.trade.quote, history.trade.side)
    }

    /// An amount of money with its currency.
    static func money(_ amount: Decimal, _ currency: String) -> String {
        currency.isEmpty ? amount.description : "\(amount) \(currency)"
    }

    /// What is said of one event.
    struct Told {
        /// What happened, by whom, and why.
        let deed: String
        /// What it did to the position; nil where it did nothing.
        let effect: String?
        /// What was known at the time.
        let context: [String]
    }

    /// Tells the next event.
    mutating func told(_ entry: TradeStory.Entry) -> Told {
        let body = entry.event.body
        let (deed, effect): (String, String?) =
            switch entry.subject {
            case .trade(let history): trade(body, history.trade)
            case .order: (subject("order", body) + Self.order(body), nil)
            case .decision: (subject("decision", body) + Self.decision(body), nil)
            case .prediction(let row): (subject("prediction", body) + Self.prediction(body, row), nil)
            }
        return Told(
            deed: deed + Self.remark(body),
            effect: effect,
            context: ContextWords.sentences(body)
        )
    }

    /// By whom, and why.
    private static func remark(_ body: EventBody) -> String {
        (body.text(.actor).map { " by \($0)" } ?? "") + (body.text(.reason).map { ": \($0)" } ?? "")
    }

    /// What an event is about, and that it is for another symbol or trade than the one of the story.
    private func subject(_ noun: String, _ body: EventBody) -> String {
        let others = [("", Field.symbol, symbol), ("trade ", .tradeID, tradeID)].map { noun, field, own in
            // By bytes: strings are also equal where Unicode composes them differently.
            guard let other = body.text(field), !other.utf8.elementsEqual(own.utf8) else { return "" }
            return " for \(noun)\(other), not \(own)"
        }
        return "\(noun) \(body.subject)\(others.joined()): "
    }
}

/// Events of the trade.
extension StoryWords {
    private mutating func trade(_ body: EventBody, _ trade: Trade) -> (deed: String, effect: String?) {
        let (open, pnl) = (trade.openAmount, "P&L " + Self.money(trade.realizedPnL, quote))
        switch body.type {
        case .opened, .increased:
            let amount = body.decimal(.amount) ?? .zero
            let deed = fill(side == .buy ? "bought" : "sold", amount, body)
            return (deed, "\(open) open at \(trade.figures.entryPrice)")
        case .reduced, .closed:
            let amount = taken(trade)
            let state = trade.status == .closed ? "closed" : "\(open) open"
            return (fill(side == .buy ? "sold" : "bought", amount, body), "\(state), \(pnl)")
        case .adjusted:
            let cost = body.decimal(.cost).map { Self.money($0, quote) } ?? ""
            return ("\(body.text(.kind) ?? "") \(cost)", pnl)
        case .annotated: return ("noted", nil)
        default: return ("voided", nil)
        }
    }

    /// What the event took out of the position: a close need not say it.
    private mutating func taken(_ trade: Trade) -> Decimal {
        defer { exitAmount = trade.exitAmount }
        do throws(DecimalError) { return try trade.exitAmount.subtracting(exitAmount) } catch {
            preconditionFailure("an event whose figures do not fit is refused: \(error)")
        }
    }

    private func fill(_ verb: String, _ amount: Decimal, _ body: EventBody) -> String {
        var parts = ["\(verb) \(amount) at \(body.printed(.price) ?? "")"]
        if let fee = body.decimal(.feeCost) {
            let value = body.decimal(.feeQuoteCost).map { " (\(Self.money($0, quote)))" } ?? ""
            parts.append("fee " + Self.money(fee, body.text(.feeCurrency) ?? quote) + value)
        }
        if let dust = body.text(.dust) { parts.append(dust == "rest" ? "the rest as dust" : "dust \(dust)") }
        if let id = body.text(.orderID) { parts.append("order \(id)") }
        if let id = body.text(.decisionID) { parts.append("decision \(id)") }
        return parts.joined(separator: ", ")
    }
}

/// Events of orders, decisions and predictions.
extension StoryWords {
    private static func order(_ body: EventBody) -> String {
        guard body.type == .orderSubmitted else {
            let name = String(body.type.name.drop { $0 != "." }.dropFirst())
            return name + (body.text(.exchangeOrderID).map { " as \($0)" } ?? "")
        }
        let quote = CurrencyPair(symbol: body.text(.symbol) ?? "").quote
        let words = [
            "submitted", body.text(.side), body.text(.orderType), body.printed(.amount),
            body.decimal(.quoteAmount).map { "for " + money($0, quote) },
            body.printed(.price).map { "at \($0)" },
        ]
        let terms = [
            body.printed(.stopPrice).map { "stop \($0)" }, body.text(.timeInForce),
            body.text(.reduceOnly) == "true" ? "reduce only" : nil,
        ]
        return ([words.compactMap { $0 }.joined(separator: " ")] + terms.compactMap { $0 }).joined(separator: ", ")
    }

    private static func decision(_ body: EventBody) -> String {
        guard body.type == .decisionMade else { return "vetoed" }
        let confidence = body.decimal(.confidence).map { ", confidence \($0)" } ?? ""
        return "decided \(body.text(.action) ?? "")" + confidence + (body.text(.strategy).map { " (\($0))" } ?? "")
    }

    private static func prediction(_ body: EventBody, _ row: PredictionRow) -> String {
        let outcome = body.printed(.value) ?? body.text(.label) ?? ""
        let target = row.target
        guard body.type == .predictionMade else {
            let noun = target ?? (body.text(.label) == nil ? "value" : "label")
            let error = row.error.map { ", off by \($0)" } ?? ""
            return "\(noun) was \(outcome)" + error + verdict(row, isLabel: body.text(.label) != nil)
        }
        let model = [body.text(.model), body.text(.modelVersion)].compactMap { $0 }.joined(separator: " ")
        let terms = [
            model, body.printed(.confidence).map { "confidence \($0)" },
            body.printed(.reference).map { "reference \($0)" },
            body.text(.horizonSeconds).map { "horizon \($0) s" },
        ]
        return "predicted \(target.map { "\($0) " } ?? "")\(outcome)"
            + " (\(terms.compactMap { $0 }.joined(separator: ", ")))"
    }

    private static func verdict(_ row: PredictionRow, isLabel: Bool) -> String {
        guard let isCorrect = row.isCorrect else { return "" }
        return (isCorrect ? ", right" : ", wrong") + (isLabel ? "" : " side")
    }
}

/// Says what an event's context records.
enum ContextWords {
    /// One sentence for each kind of votes, and one for everything else.
    static func sentences(_ body: EventBody) -> [String] {
        guard let context = members(of: body.textBytes(.context)) else { return [] }
        let votes = context.filter { voteNames.contains($0.name) }
        let others = context.filter { !voteNames.contains($0.name) }
        return votes.map { "\($0.name) " + told($0.value) }
            + (others.isEmpty ? [] : ["context " + others.map(named).joined(separator: " · ")])
    }

    private typealias Member = (name: String, value: ContextObject.Value)

    private static let voteNames = ["votes", "agent_votes"]
    /// What a voter wants is said without its name.
    private static let actionNames = ["action", "vote"]

    private static func members(of json: ArraySlice<UInt8>?) -> [Member]? {
        var object = ContextObject()
        guard let json, object.merge(json) else { return nil }
        return object.members
    }

    private static func named(_ member: Member) -> String { "\(member.name) \(compact(member.value))" }

    /// Who voted how, or another value as JSON.
    private static func told(_ value: ContextObject.Value) -> String {
        guard value.kind == .object, let members = members(of: value.raw), !members.isEmpty else {
            return compact(value)
        }
        return members.map { "\($0.name) \(vote($0.value))" }.joined(separator: " · ")
    }

    /// A vote as a text, or as an object of texts and numbers.
    private static func vote(_ value: ContextObject.Value) -> String {
        guard value.kind == .object, let members = members(of: value.raw), !members.isEmpty else {
            return compact(value)
        }
        let action = members.filter { actionNames.contains($0.name) }.map { compact($0.value) }
        return (action + members.filter { !actionNames.contains($0.name) }.map(named)).joined(separator: ", ")
    }

    /// A text as it is, and another value as JSON without spaces between its parts.
    private static func compact(_ value: ContextObject.Value) -> String {
        if let text = value.string, !text.isEmpty { return String(decoding: text, as: UTF8.self) }
        var (bytes, isInString, isEscaped) = ([UInt8](), false, false)
        for byte in value.raw {
            let isSpace = [0x20, 0x09, 0x0A, 0x0D].contains(byte)
            if isInString || !isSpace { bytes.append(byte) }
            if byte == UInt8(ascii: "\""), !isEscaped { isInString.toggle() }
            isEscaped = isInString && byte == UInt8(ascii: "\\") && !isEscaped
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
