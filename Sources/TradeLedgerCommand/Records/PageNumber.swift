internal import Statistics
internal import TradeModel

/// Numbers for people: rounded half to even, with a unit.
enum PageNumber {
    /// The text of a figure that is null.
    static let null = "–"

    private static let hundred = Decimal(canonicalCoefficient: 100, scale: 0)
    private static let decimals = 2

    /// The value of a figure with its unit.
    static func text(_ value: FigureValue?, _ unit: FigureUnit, quote: String) -> String {
        switch value {
        case nil: null
        case .integer(let integer): String(integer)
        case .decimal(let decimal): text(decimal, unit, quote: quote)
        case .binary(let number): text(number, unit, quote: quote)
        case .text(let text): text
        case .time(let time): self.time(time)
        case .json: null
        }
    }

    private static func text(_ number: Double, _ unit: FigureUnit, quote: String) -> String {
        let digits = SignificantText.of(number)
        do throws(DecimalError) { return text(try Decimal(digits), unit, quote: quote) } catch { return digits }
    }

    private static func text(_ decimal: Decimal, _ unit: FigureUnit, quote: String) -> String {
        switch unit {
        case .fraction: percent(decimal, times: hundred)
        case .percent: percent(decimal, times: .one)
        case .money: rounded(decimal) + (quote.isEmpty ? "" : " " + quote)
        case .seconds: duration(decimal)
        case .ratio, .count, .days, .time, .text, .list: rounded(decimal)
        }
    }

    /// A number with two digits after the point, or two beyond the leading zeros of one below 1.
    static func rounded(_ decimal: Decimal) -> String {
        let digits = decimal.coefficient.magnitude.description.count
        let leadingZeroCount = max(0, decimal.scale - digits)
        let isSmall = decimal.scale >= digits
        return fixed(decimal, times: .one, decimals: decimals + (isSmall ? min(leadingZeroCount, 36) : 0))
    }

    /// A share, or a number of hundredths where the factor is 1, as a percentage that is rounded in the same way.
    static func percent(_ decimal: Decimal, times factor: Decimal = hundred) -> String {
        do throws(DecimalError) { return rounded(try decimal.multiplied(by: factor)) + " %" } catch {
            return "\(decimal) · \(factor) %"
        }
    }

    private static func fixed(_ decimal: Decimal, times factor: Decimal, decimals: Int) -> String {
        do throws(DecimalError) {
            let rounded = try Decimal.quotient(decimal, times: factor, by: .one, decimals: decimals)
            let parts = rounded.description.split(separator: ".", omittingEmptySubsequences: false)
            let fraction = parts.count > 1 ? String(parts[1]) : ""
            return parts[0] + "." + fraction + String(repeating: "0", count: max(0, Self.decimals - fraction.count))
        } catch {
            return decimal.description
        }
    }

    /// A time to the second, in UTC.
    static func time(_ time: Timestamp) -> String {
        let text = time.description
        return text.prefix(10) + " " + text.dropFirst(11).prefix(8)
    }

    /// The two largest units of a number of seconds.
    static func duration(_ seconds: Decimal) -> String {
        guard let whole = Int(fixed(seconds, times: .one, decimals: 0).prefix { $0 != "." }) else {
            return rounded(seconds) + " s"
        }
        let units = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")]
        guard let first = units.firstIndex(where: { whole >= $0.0 }) else { return rounded(seconds) + " s" }
        let (size, name) = units[first]
        guard first + 1 < units.count else { return "\(whole) \(name)" }
        let (smallerSize, smallerName) = units[first + 1]
        return "\(whole / size) \(name) \(whole % size / smallerSize) \(smallerName)"
    }
}
