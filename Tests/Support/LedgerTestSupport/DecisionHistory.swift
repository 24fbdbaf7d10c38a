/// The decisions, predictions, strategies and alerts of a generated history.
struct DecisionHistory {
    /// Decisions that fills may name, predictions that are not resolved, and alerts that are not over.
    private(set) var decisions: [String] = []
    private var predictions: [String] = []
    private var alerts: [String] = []
    private var count = 0

    private static let keptCountMax = 50
    private static let models = [
        #""model":"xgb","model_version":"1""#, #""model":"xgb","model_version":"2""#, #""model":"naïve""#,
    ]

    /// The next event as a line of JSON.
    mutating func nextLine(at milliseconds: Int64, _ random: inout SeededGenerator) -> String {
        switch random.next(below: 20) {
        case ..<5: return decided(at: milliseconds, &random)
        case 5:
            return Self.ended("decision.vetoed", "decision_id", &decisions, at: milliseconds, &random)
                ?? decided(at: milliseconds, &random)
        case ..<11: return predicted(at: milliseconds, &random)
        case ..<16:
            return Self.ended("prediction.resolved", "prediction_id", &predictions, at: milliseconds, &random)
                ?? predicted(at: milliseconds, &random)
        case 16:
            let type = random.next(below: 3) == 0 ? "retired" : "registered"
            return #"{"type":"strategy.\#(type)","strategy":"s\#(random.next(below: 3))","#
                + #""occurred_at":\#(milliseconds),"strategy_version":"1.\#(count)","context":{"fast":\#(count)}}"#
        case 17: return raised(at: milliseconds, &random)
        case 18:
            guard let id = alerts.randomElement(using: &random) else { return raised(at: milliseconds, &random) }
            return #"{"type":"alert.acknowledged","alert_id":"\#(id)","occurred_at":\#(milliseconds),"actor":"maria"}"#
        default:
            return Self.ended("alert.resolved", "alert_id", &alerts, at: milliseconds, &random)
                ?? raised(at: milliseconds, &random)
        }
    }

    private mutating func decided(at milliseconds: Int64, _ random: inout SeededGenerator) -> String {
        let id = newID("decision", &random)
        Self.keep(id, in: &decisions)
        let action = ["buy", "sell", "hold", "close"][Int(random.next(below: 4))]
        return #"{"type":"decision.made","decision_id":"\#(id)","occurred_at":\#(milliseconds),"action":"\#(action)","#
            + #""strategy":"s\#(random.next(below: 3))","confidence":0.\#(random.next(below: 100)),"#
            + #""context":{"votes":{"bull":"buy","bear":"hold"}}}"#
    }

    private mutating func predicted(at milliseconds: Int64, _ random: inout SeededGenerator) -> String {
        let id = newID("prediction", &random)
        Self.keep(id, in: &predictions)
        var members = Self.models[Int(random.next(below: UInt64(Self.models.count)))]
        members += "," + Self.outcome(of: id, &random)
        // Any decimal is a confidence.
        let confidence = ["0", "1", "0.7", "0.\(random.next(below: 1000))", "-0.5", "87"][Int(random.next(below: 6))]
        if random.next(below: 4) > 0 { members += #","reference":"0.5","confidence":"\#(confidence)""# }
        if let decision = decisions.last { members += #","decision_id":"\#(decision)""# }
        members += #","horizon_seconds":\#(random.next(below: 100_000)),"latency_microseconds":"\#(count)""#
        return #"{"type":"prediction.made","prediction_id":"\#(id)","occurred_at":\#(milliseconds),\#(members)}"#
    }

    private mutating func raised(at milliseconds: Int64, _ random: inout SeededGenerator) -> String {
        let id = newID("alert", &random)
        Self.keep(id, in: &alerts)
        let severity = ["info", "warning", "error", "critical"][Int(random.next(below: 4))]
        return #"{"type":"alert.raised","alert_id":"\#(id)","occurred_at":\#(milliseconds),"severity":"\#(severity)","#
            + #""title":"no price since \#(count) s","symbol":"BTC/USDT","category":"data"}"#
    }

    private static func ended(
        _ type: String,
        _ idName: String,
        _ open: inout [String],
        at milliseconds: Int64,
        _ random: inout SeededGenerator
    ) -> String? {
        guard !open.isEmpty else { return nil }
        let id = open.remove(at: Int(random.next(below: UInt64(open.count))))
        let outcome = type == "prediction.resolved" ? Self.outcome(of: id, &random) : #""reason":"over""#
        return #"{"type":"\#(type)","\#(idName)":"\#(id)","occurred_at":\#(milliseconds),\#(outcome)}"#
    }

    /// What a prediction says or came true: a label for every fifth, else a value.
    private static func outcome(of id: String, _ random: inout SeededGenerator) -> String {
        id.hasSuffix("0") || id.hasSuffix("5")
            ? #""label":"\#(["up", "down", "flat"][Int(random.next(below: 3))])""#
            : #""value":"0.\#(random.next(below: 1_000_000_000_000_000_000))""#
    }

    private mutating func newID(_ kind: String, _ random: inout SeededGenerator) -> String {
        count += 1
        return count.isMultiple(of: 9) ? "\(kind)/é \(count)" : "\(kind)-\(count)"
    }

    private static func keep(_ id: String, in ids: inout [String]) {
        if ids.count >= keptCountMax { ids.removeFirst() }
        ids.append(id)
    }
}
