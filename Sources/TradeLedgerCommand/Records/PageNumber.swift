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
        let parts = decimal.rounded(toFractionDigits: decimals).description
            .split(separator: ".", omittingEmptySubsequences: false)
        let fraction = parts.count > 1 ? String(parts[1]) : ""
        return parts[0] + "." + fraction + String(repeating: "0", count: max(0, decimals - fraction.count))
    }

    /// A share, or a number of hundredths where the factor is 1, as a percentage that is rounded in the same way.
    static func percent(_ decimal: Decimal, times factor: Decimal = hundred) -> String {
        percentage(decimal, times: factor) + " %"
    }

    /// The same without the unit.
    static func percentage(_ decimal: Decimal, times factor: Decimal = hundred) -> String {
        do throws(DecimalError) { return rounded(try decimal.multiplied(by: factor)) } catch {
            return "\(decimal) · \(factor)"
        }
    }

    /// A time to the second, in UTC.
    static func time(_ time: Timestamp) -> String {
        let text = time.description
        return text.prefix(10) + " " + text.dropFirst(11).prefix(8)
    }

    /// The two largest units of a number of seconds.
    static func duration(_ seconds: Decimal) -> String {
        guard let whole = wholeSeconds(seconds) else { return rounded(seconds) + " s" }
        let units = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")]
        guard let first = units.firstIndex(where: { whole >= $0.0 }) else { return rounded(seconds) + " s" }
        let (size, name) = units[first]
        guard first + 1 < units.count else { return "\(whole) \(name)" }
        let (smallerSize, smallerName) = units[first + 1]
        return "\(whole / size) \(name) \(whole % size / smallerSize) \(smallerName)"
    }

    private static func wholeSeconds(_ seconds: Decimal) -> Int? {
        do throws(DecimalError) {
            return Int(try Decimal.quotient(seconds, times: .one, by: .one, decimals: 0).description)
        } catch {
            return nil
        }
    }
}
