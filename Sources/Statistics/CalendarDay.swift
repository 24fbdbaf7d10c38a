package import TradeModel

/// A calendar day in UTC.
package struct CalendarDay: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The days from 1970-01-01 to this one.
    package let daysSince1970: Int

    private static let microsecondsPerDay: Int64 = 86_400_000_000

    /// The day so many days after 1970-01-01.
    package init(daysSince1970: Int) {
        self.daysSince1970 = daysSince1970
    }

    /// The day of an instant, which is not before 1970.
    package init(of time: Timestamp) {
        daysSince1970 = Int(time.microsecondsSince1970 / Self.microsecondsPerDay)
    }

    /// The first instant of the day.
    package var start: Timestamp {
        Timestamp(microsecondsSince1970: Int64(daysSince1970) * Self.microsecondsPerDay)
    }

    /// The day after this one.
    var next: CalendarDay { CalendarDay(daysSince1970: daysSince1970 + 1) }

    /// Orders by time.
    package static func < (left: CalendarDay, right: CalendarDay) -> Bool {
        left.daysSince1970 < right.daysSince1970
    }

    /// The date, such as `2026-01-31`.
    package var description: String { String(start.description.prefix(10)) }
}
