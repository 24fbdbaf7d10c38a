internal import Projections
internal import TradeModel

/// What trades can be grouped by.
///
/// The raw value is the value of the option `--by`.
public enum Grouping: String, CaseIterable, Sendable {
    case symbol
    case strategy
    case tag
    /// The state of the market in the trade's context.
    case regime
    case side
    /// Why the trade was closed.
    case reason
    /// An absent account is `default`.
    case account
    /// The UTC day of the close, such as 2026-01-05.
    case day
    /// The ISO week of the close, such as 2026-W01.
    case week
    /// The month of the close, such as 2026-01.
    case month
    /// The UTC hour of the close, 00 to 23.
    case hour
    /// The UTC day of the week of the close, Monday to Sunday.
    case weekday

    /// The account of trades and flows that name none.
    package static let defaultAccount = "default"

    /// The group of a trade; nil where it has none, or is not closed and the group follows from the close.
    func group(of history: TradeHistory) -> ByteText? {
        let text: String? =
            switch self {
            case .symbol: history.symbol
            case .strategy: history.strategy
            case .tag: history.tag
            case .regime: history.context.marketRegime
            case .side: history.trade.side.rawValue
            case .reason: history.reason
            case .account: history.account ?? Self.defaultAccount
            case .day, .week, .month, .hour, .weekday: history.trade.closedAt.map(period)
            }
        return text.map { ByteText($0) }
    }

    private func period(of time: Timestamp) -> String {
        let day = CalendarDay(of: time)
        return switch self {
        case .week: day.isoWeek
        case .month: String(day.description.prefix(7))
        case .hour: String(time.description.dropFirst(11).prefix(2))
        case .weekday: CalendarDay.weekdays[day.weekday]
        default: day.description
        }
    }

    /// The order in which groups are listed: the days of a week in their order, other groups by their bytes, and last
    /// the trades that have none.
    func isBefore(_ left: ByteText?, _ right: ByteText?) -> Bool {
        guard let left, let right else { return left != nil && right == nil }
        guard self == .weekday else { return left < right }
        return Self.weekdayNumber(left) < Self.weekdayNumber(right)
    }

    private static func weekdayNumber(_ name: ByteText) -> Int {
        CalendarDay.weekdays.firstIndex { ByteText($0) == name } ?? CalendarDay.weekdays.count
    }
}

extension CalendarDay {
    /// The names of the days of a week, from Monday on.
    fileprivate static let weekdays = [
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
    ]

    /// 0 for Monday to 6 for Sunday: 1970-01-01 was a Thursday.
    fileprivate var weekday: Int { (daysSince1970 + 3) % 7 }

    /// The ISO week, such as `2026-W01`: a week belongs to the year that has its Thursday.
    fileprivate var isoWeek: String {
        let thursday = CalendarDay(daysSince1970: daysSince1970 - weekday + 3)
        let year = String(thursday.description.prefix(4))
        guard let newYear = Timestamp(year + "-01-01T00:00:00Z") else { preconditionFailure("a year has a first day") }
        let week = (thursday.daysSince1970 - CalendarDay(of: newYear).daysSince1970) / 7 + 1
        return year + "-W" + (week < 10 ? "0" : "") + String(week)
    }
}
