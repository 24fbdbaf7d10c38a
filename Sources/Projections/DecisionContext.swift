import TradeModel

/// What the contexts of a trade's events say about the decision behind it: known keys only, each as the JSON value that
/// the latest context with that key gave it.
///
/// A value of another type than its column, or beyond the range of PostgreSQL's `numeric`, counts as absent.
public struct DecisionContext: Hashable, Sendable {
    /// The state of the market, such as `trending`.
    public private(set) var marketRegime: String?
    /// How sure the bull was.
    public private(set) var bullConfidence: ContextNumber?
    /// How sure the bear was.
    public private(set) var bearConfidence: ContextNumber?
    /// How sure the decision was.
    public private(set) var decisionConfidence: ContextNumber?
    /// The votes of the agents: a JSON object or array, as it was written.
    public private(set) var agentVotes: [UInt8]?
    /// The signals: a JSON object or array, as it was written.
    public private(set) var signals: [UInt8]?

    /// Lets a later context override key by key.
    mutating func merge(_ bytes: ArraySlice<UInt8>?) {
        // A context that is none, which only `verify` tells of, says nothing here.
        guard let bytes, let context = ContextObject(bytes) else { return }
        for member in context.members {
            switch String(decoding: member.key, as: UTF8.self) {
            case "market_regime": marketRegime = member.string.map { String(decoding: $0, as: UTF8.self) }
            case "bull_confidence": bullConfidence = Self.number(member)
            case "bear_confidence": bearConfidence = Self.number(member)
            case "decision_confidence": decisionConfidence = Self.number(member)
            case "agent_votes": agentVotes = Self.document(member)
            case "signals": signals = Self.document(member)
            default: break
            }
        }
    }

    private static func number(_ member: ContextObject.Member) -> ContextNumber? {
        member.kind == .number ? ContextNumber(member.raw) : nil
    }

    private static func document(_ member: ContextObject.Member) -> [UInt8]? {
        guard member.kind == .object || member.kind == .array else { return nil }
        return ContextNumber.allNumbersFit(in: member.raw) ? Array(member.raw) : nil
    }
}
