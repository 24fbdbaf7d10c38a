public import TradeModel

/// What the contexts of a trade's events record about its decision: each known key has the value of the latest context
/// that holds the key.
///
/// A value of another type than its column, or beyond the range of PostgreSQL's `numeric`, counts as absent.
public struct DecisionContext: Sendable {
    private var object = ContextObject()

    /// The state of the market, such as `trending`.
    public var marketRegime: String? {
        object["market_regime"]?.string.map { String(decoding: $0, as: UTF8.self) }
    }
    /// How sure the bull was.
    public var bullConfidence: ContextNumber? { number("bull_confidence") }
    /// How sure the bear was.
    public var bearConfidence: ContextNumber? { number("bear_confidence") }
    /// How sure the decision was.
    public var decisionConfidence: ContextNumber? { number("decision_confidence") }
    /// The votes of the agents: a JSON object or array, as it was written.
    public var agentVotes: [UInt8]? { document("agent_votes") }
    /// The signals: a JSON object or array, as it was written.
    public var signals: [UInt8]? { document("signals") }
    /// All keys as one JSON object, in the order of their first context; nil before any.
    ///
    /// A value with a number beyond the range of `numeric`, which `jsonb` cannot hold, is null.
    public var all: [UInt8]? {
        object.isEmpty ? nil : object.json(isKept: ContextNumber.allNumbersFit(in:))
    }

    /// Lets a later context override key by key.
    mutating func merge(_ context: ArraySlice<UInt8>?) {
        // An invalid context, which only `verify` reports, is ignored here.
        if let context { object.merge(context) }
    }

    private func number(_ name: String) -> ContextNumber? {
        guard let value = object[name], value.kind == .number else { return nil }
        return ContextNumber(value.raw)
    }

    private func document(_ name: String) -> [UInt8]? {
        guard let value = object[name], value.kind == .object || value.kind == .array,
            ContextNumber.allNumbersFit(in: value.raw)
        else { return nil }
        return Array(value.raw)
    }
}

/// A number of a context: free JSON can hold more digits than a `Decimal`, as many as PostgreSQL's `numeric` takes.
public struct ContextNumber: Hashable, Sendable, CustomStringConvertible {
    private enum Form: Hashable {
        case decimal(Decimal)
        /// Canonical digits, more than a decimal holds.
        case digits(String)
    }

    private let form: Form

    /// The number as digits: no exponent, no trailing zeros, no `-0`.
    public var description: String {
        switch form {
        case .decimal(let decimal): decimal.description
        case .digits(let digits): digits
        }
    }

    /// The number where it is one that a decimal can be.
    public var decimal: Decimal? {
        guard case .decimal(let decimal) = form else { return nil }
        return decimal
    }

    /// Digits that `numeric` allows before the point (PostgreSQL's documentation, 8.1.2).
    static let integerDigitCountMax = 131_072
    /// Digits that `numeric` allows after the point.
    static let fractionDigitCountMax = 16_383

    /// Reads a JSON number; nil where `numeric` cannot hold it.
    init?(_ bytes: ArraySlice<UInt8>) {
        let text = NumberText(bytes)
        guard text.fits else { return nil }
        do throws(DecimalError) { form = .decimal(try Decimal(parsing: bytes.span)) } catch {
            form = .digits(text.canonical)
        }
    }

    /// Whether each number in a JSON document is one that `jsonb`, which holds numbers as `numeric`, takes.
    static func allNumbersFit(in json: ArraySlice<UInt8>) -> Bool {
        var index = json.startIndex
        while index < json.endIndex {
            switch json[index] {
            case UInt8(ascii: "\""):
                index = endOfString(json, from: index)
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                let end = json[index...].firstIndex { !NumberText.isPart($0) } ?? json.endIndex
                guard NumberText(json[index..<end]).fits else { return false }
                index = end
            default:
                index += 1
            }
        }
        return true
    }

    private static func endOfString(_ json: ArraySlice<UInt8>, from start: Int) -> Int {
        var index = start + 1
        while json[index] != UInt8(ascii: "\"") { index += json[index] == UInt8(ascii: "\\") ? 2 : 1 }
        return index + 1
    }
}

/// The parts of a JSON number.
private struct NumberText {
    private var isNegative = false
    private var integer: ArraySlice<UInt8> = []
    private var fraction: ArraySlice<UInt8> = []
    /// Nil where the exponent is beyond anything that can be held.
    private var exponent: Int? = 0

    static func isPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    init(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        if rest.first == UInt8(ascii: "-") {
            isNegative = true
            rest = rest.dropFirst()
        }
        if let mark = rest.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) {
            let text = String(decoding: rest[(mark + 1)...], as: UTF8.self)
            exponent = Int(text).flatMap { abs($0) <= 1_000_000 ? $0 : nil }
            rest = rest[..<mark]
        }
        let point = rest.firstIndex(of: UInt8(ascii: ".")) ?? rest.endIndex
        integer = rest[..<point]
        fraction = rest[point...].dropFirst()
    }

    /// By the digits as they are written, as PostgreSQL counts them.
    var fits: Bool {
        guard let exponent else { return false }
        return integer.count + exponent <= ContextNumber.integerDigitCountMax
            && fraction.count - exponent <= ContextNumber.fractionDigitCountMax
    }

    var canonical: String {
        let point = integer.count + (exponent ?? 0)
        var digits = Array(integer) + Array(fraction)
        let zero = UInt8(ascii: "0")
        guard digits.contains(where: { $0 != zero }) else { return "0" }
        if point > digits.count { digits += [UInt8](repeating: zero, count: point - digits.count) }
        if point < 1 { digits = [UInt8](repeating: zero, count: 1 - point) + digits }
        let pointIndex = max(point, 1)
        let whole = digits[..<pointIndex].drop { $0 == zero }
        var part = digits[pointIndex...]
        while part.last == zero { part = part.dropLast() }
        return (isNegative ? "-" : "") + (whole.isEmpty ? "0" : String(decoding: whole, as: UTF8.self))
            + (part.isEmpty ? "" : "." + String(decoding: part, as: UTF8.self))
    }
}
