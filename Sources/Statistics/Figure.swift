/// A figure with the number of trades or days that it rests on, or the reason why there is none.
package enum Figure<Value: Sendable & Equatable>: Sendable, Equatable {
    /// The figure.
    case value(Value, n: Int)
    /// There is no figure; the reason is a clause for people, without a full stop.
    case null(reason: String, n: Int)

    /// The figure; nil where there is none.
    package var value: Value? {
        switch self {
        case .value(let value, n: _): value
        case .null: nil
        }
    }

    /// The number of trades or days that the figure rests on.
    package var n: Int {
        switch self {
        case .value(_, let n), .null(_, let n): n
        }
    }

    /// Why there is no figure; nil where there is one.
    package var reason: String? {
        switch self {
        case .value: nil
        case .null(let reason, n: _): reason
        }
    }
}

extension Figure<Double> {
    /// A figure in binary64, which is null where it is not finite.
    static func finite(_ value: Double, n: Int) -> Figure {
        value.isFinite ? .value(value, n: n) : .null(reason: "the figure is beyond the range of binary64", n: n)
    }
}
