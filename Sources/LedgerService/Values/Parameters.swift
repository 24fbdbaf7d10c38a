internal import Ledger
package import TradeModel

/// The parameters that a request gives, checked against those that its route has.
package struct Parameters: Sendable {
    private var values: [String: String] = [:]

    /// The parameters of a path and of a query.
    ///
    /// Throws a problem for a name that the route does not have, a name given twice, and a value of another kind.
    package init(path: [String: String], query: String?, of declared: [Parameter]) throws(Problem) {
        values = path
        for pair in (query ?? "").utf8.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decodedQuery(parts[0]),
                let value = parts.count == 1 ? "" : PercentEncoding.decodedQuery(parts[1])
            else {
                throw Problem(.invalidParameter, "the query has a percent encoding that is no UTF-8")
            }
            guard path[name] == nil, declared.contains(where: { $0.name == name }) else {
                let names = declared.map(\.name).filter { path[$0] == nil }.joined(separator: ", ")
                let others = names.isEmpty ? "none is taken here" : "there are: \(names)"
                throw Problem(.invalidParameter, "there is no parameter \(name); \(others)")
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw Problem(.invalidParameter, "the parameter \(name) is given twice")
            }
        }
        for parameter in declared { try check(parameter) }
    }

    /// The text of a parameter; nil where it is not given.
    package subscript(name: String) -> String? { values[name] }

    /// The number of a parameter that is an integer; nil where it is not given.
    package func integer(_ name: String) -> UInt64? { values[name].flatMap { UInt64($0) } }

    /// Whether a flag is given and is `true`.
    package func flag(_ name: String) -> Bool { values[name] == "true" }

    /// The time of a parameter that is one; nil where it is not given.
    package func time(_ name: String) -> Timestamp? { values[name].flatMap { Self.time($0) } }

    /// The decimal of a parameter that is one; nil where it is not given.
    package func decimal(_ name: String) -> Decimal? { values[name].flatMap { Self.decimal($0) } }

    private func check(_ parameter: Parameter) throws(Problem) {
        guard let value = values[parameter.name] else { return }
        let needed: String
        switch parameter.kind {
        case .text:
            if !value.utf8.contains(0) { return }
            needed = "a text without U+0000"
        case .name:
            if !value.isEmpty, !value.utf8.contains(0) { return }
            needed = "a text that is not empty, without U+0000"
        case .scope:
            let bytes = Array(value.utf8)
            if !bytes.contains(0), Scope(bytes.span) != nil { return }
            needed = Scope.expected
        case .choice(let choices):
            if choices.contains(value) { return }
            needed = "one of " + choices.joined(separator: ", ")
        case .choices(let choices):
            let parts = value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            if parts.allSatisfy(choices.contains) { return }
            needed = "some of \(choices.joined(separator: ", ")), separated by commas"
        case .integer(let range):
            let isPlain = value.utf8.allSatisfy { (0x30...0x39).contains($0) }
            if isPlain, let number = UInt64(value), range.contains(number) { return }
            needed = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .time:
            if Self.time(value) != nil { return }
            needed = "a time such as 2026-01-05T10:00:00Z, a date, or epoch milliseconds"
        case .decimal:
            if Self.decimal(value) != nil { return }
            needed = "a decimal number"
        case .amount:
            if Self.decimal(value)?.isPositive == true { return }
            needed = "an amount above 0"
        case .flag:
            if value == "true" || value == "false" { return }
            needed = "true or false"
        }
        throw Problem(.invalidParameter, "\(parameter.name) takes \(needed)")
    }

    private static func decimal(_ text: String) -> Decimal? {
        do throws(DecimalError) { return try Decimal(text) } catch { return nil }
    }

    private static func time(_ text: String) -> Timestamp? {
        if let time = Timestamp(argument: text) { return time }
        let bytes = Array(text.utf8)
        return Timestamp(milliseconds: bytes.span).flatMap { $0 >= .leastMilliseconds ? $0 : nil }
    }
}
