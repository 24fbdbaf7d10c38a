import TradeModel

/// What the contexts of a trade's events record about its decision: each known key has the value of the latest context
/// that holds the key.
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
        // An invalid context, which only `verify` reports, is ignored here.
        guard let bytes, let context = ContextObject(bytes) else { return }
        if let value = context["market_regime"] {
            marketRegime = value.string.map { String(decoding: $0, as: UTF8.self) }
        }
        if let value = context["bull_confidence"] { bullConfidence = Self.number(value) }
        if let value = context["bear_confidence"] { bearConfidence = Self.number(value) }
        if let value = context["decision_confidence"] { decisionConfidence = Self.number(value) }
        if let value = context["agent_votes"] { agentVotes = Self.document(value) }
        if let value = context["signals"] { signals = Self.document(value) }
    }

    private static func number(_ value: ContextObject.Value) -> ContextNumber? {
        value.kind == .number ? ContextNumber(value.raw) : nil
    }

    private static func document(_ value: ContextObject.Value) -> [UInt8]? {
        guard value.kind == .object || value.kind == .array else { return nil }
        return ContextNumber.allNumbersFit(in: value.raw) ? Array(value.raw) : nil
    }
}
