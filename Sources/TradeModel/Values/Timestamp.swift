/// An instant, in microseconds since 1970-01-01T00:00:00Z without leap seconds.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public let microsecondsSince1970: Int64

    /// The microseconds of the years 1970 to 9999, which are all that an event can name.
    public static let rangeMicroseconds: Range<Int64> = 0..<253_402_300_800_000_000
    /// The first instant that an event can name, 1970-01-01T00:00:00.000000Z.
    public static let min = Timestamp(microsecondsSince1970: rangeMicroseconds.lowerBound)
    /// The last instant that an event can name, 9999-12-31T23:59:59.999999Z.
    public static let max = Timestamp(microsecondsSince1970: rangeMicroseconds.upperBound - 1)

    /// The instant so many microseconds after 1970-01-01T00:00:00Z; `rangeMicroseconds` is for the caller to check.
    public init(microsecondsSince1970: Int64) {
        self.microsecondsSince1970 = microsecondsSince1970
    }

    /// Reads RFC 3339 with any offset; digits below a microsecond are cut.
    ///
    /// A second 60 is taken at 23:59:60 UTC only, as the second after it. Nil where the text is anything else or the
    /// instant is not in the years 1970 to 9999 UTC.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        self.init(rfc3339: bytes.span)
    }

    /// Orders by time.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microsecondsSince1970 < right.microsecondsSince1970
    }

    /// RFC 3339 in UTC with six digits of a second, such as `2024-07-01T00:10:00.000000Z`.
    public var description: String {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The text of a time, RFC 3339, and the milliseconds that an event may have instead.
extension Timestamp {
    private static let microsecondsPerSecond = 1_000_000
    private static let secondsPerDay = 86_400
    /// The bytes of `2024-07-01T00:10:00`.
    private static let dateTimeByteCount = 19
    /// The bytes of `2024-07-01T00:10`.
    private static let minuteByteCount = 16

    /// Reads RFC 3339 from its bytes, see `init(_:)`.
    package init?(rfc3339 bytes: Span<UInt8>) {
        guard bytes.count > Self.dateTimeByteCount,
            let century = twoDigits(bytes, at: 0), let yearOfCentury = twoDigits(bytes, at: 2),
            bytes[4] == UInt8(ascii: "-"), let month = twoDigits(bytes, at: 5),
            bytes[7] == UInt8(ascii: "-"), let day = twoDigits(bytes, at: 8),
            isDateTimeSeparator(bytes[10]),
            let hour = twoDigits(bytes, at: 11), hour <= 23,
            bytes[13] == UInt8(ascii: ":"), let minute = twoDigits(bytes, at: 14), minute <= 59,
            bytes[16] == UInt8(ascii: ":"), let second = twoDigits(bytes, at: 17), second <= 60,
            let date = CalendarDate(year: century * 100 + yearOfCentury, month: month, day: day)
        else { return nil }

        var index = Self.dateTimeByteCount
        guard let fraction = Self.fractionMicroseconds(bytes, at: &index),
            let offsetMinutes = Self.offsetMinutes(bytes, at: index)
        else { return nil }

        let minutes = (date.daysSince1970 * 24 + hour) * 60 + minute - offsetMinutes
        // A leap second ends a day in UTC, whatever the local time.
        guard second < 60 || (minutes + 1).isMultiple(of: 24 * 60) else { return nil }
        let microseconds = Int64((minutes * 60 + second) * Self.microsecondsPerSecond + fraction)
        guard Self.rangeMicroseconds.contains(microseconds) else { return nil }
        self.init(microsecondsSince1970: microseconds)
    }

    /// Parses a time as a person writes it: RFC 3339, or a date for its first moment in UTC.
    package init?(argument text: String) {
        let isDate = text.utf8.count == "2026-01-31".utf8.count
        self.init(isDate ? text + "T00:00:00Z" : text)
    }

    /// The first instant that a number of milliseconds may name: a smaller number is most likely a count of seconds.
    package static let leastMilliseconds = Timestamp(microsecondsSince1970: 1_000_000_000_000_000)

    /// Reads whole milliseconds since 1970, decimal digits only; nil for anything else and beyond the year 9999.
    ///
    /// Whether they are `leastMilliseconds` or more is for the caller to check.
    package init?(milliseconds bytes: Span<UInt8>) {
        // The last millisecond of 9999 has 15 digits.
        guard (1...15).contains(bytes.count), bytes.count == 1 || bytes[0] != UInt8(ascii: "0") else {
            return nil
        }
        var milliseconds: Int64 = 0
        for index in bytes.indices {
            guard let digit = bytes[index].decimalDigitValue else { return nil }
            milliseconds = milliseconds * 10 + Int64(digit)
        }
        let microseconds = milliseconds * 1000
        guard Self.rangeMicroseconds.contains(microseconds) else { return nil }
        self.init(microsecondsSince1970: microseconds)
    }

    /// The instant that a number would be as seconds since 1970, where it is too small to be one in milliseconds.
    package init?(mistakenSeconds number: Decimal) {
        let limit = Decimal(canonicalCoefficient: 1_000_000_000_000, scale: 0)
        guard number < limit, limit.negated < number else { return nil }
        let microseconds =
            number.scale > 6
            ? floorDivision(number.coefficient, by: Int128(UInt128.powerOfTen(number.scale - 6))).quotient
            : number.coefficient * Int128(UInt128.powerOfTen(6 - number.scale))
        self.init(microsecondsSince1970: Int64(microseconds))
    }

    /// Whether the bytes would be RFC 3339 if an offset from UTC, or seconds and an offset, came after them.
    package static func lacksOffset(_ bytes: Span<UInt8>) -> Bool {
        guard let last = bytes.indices.last, bytes[last].decimalDigitValue != nil else { return false }
        var whole: [UInt8] = []
        whole.reserveCapacity(dateTimeByteCount + 1)
        for index in bytes.indices { whole.append(bytes[index]) }
        if whole.count == minuteByteCount { whole += Array(":00".utf8) }
        whole.append(UInt8(ascii: "Z"))
        return Timestamp(rfc3339: whole.span) != nil
    }

    /// Appends RFC 3339 in UTC with six digits of a second, as ASCII.
    package func write(into bytes: inout [UInt8]) {
        let (seconds, fraction) = floorDivision(Int(microsecondsSince1970), by: Self.microsecondsPerSecond)
        let (days, secondOfDay) = floorDivision(seconds, by: Self.secondsPerDay)
        let date = CalendarDate(daysSince1970: days)
        if date.year < 0 { bytes.append(UInt8(ascii: "-")) }
        bytes.append(digits: abs(date.year), countMin: 4)
        bytes.append(digits: date.month, countMin: 2, after: "-")
        bytes.append(digits: date.day, countMin: 2, after: "-")
        bytes.append(digits: secondOfDay / 3600, countMin: 2, after: "T")
        bytes.append(digits: secondOfDay / 60 % 60, countMin: 2, after: ":")
        bytes.append(digits: secondOfDay % 60, countMin: 2, after: ":")
        bytes.append(digits: fraction, countMin: 6, after: ".")
        bytes.append(UInt8(ascii: "Z"))
    }

    /// Reads `.` and digits, as many as there are; 0 where there is no point, nil where no digit follows it.
    private static func fractionMicroseconds(_ bytes: Span<UInt8>, at index: inout Int) -> Int? {
        guard index < bytes.count, bytes[index] == UInt8(ascii: ".") else { return 0 }
        index += 1
        let start = index
        var microseconds = 0
        var digitUnit = microsecondsPerSecond / 10
        while index < bytes.count, let digit = bytes[index].decimalDigitValue {
            microseconds += Int(digit) * digitUnit
            digitUnit /= 10
            index += 1
        }
        return index > start ? microseconds : nil
    }

    /// Reads `Z` or `±hh:mm`, which must be all that is left: the minutes that local time is ahead of UTC.
    private static func offsetMinutes(_ bytes: Span<UInt8>, at start: Int) -> Int? {
        let byteCount = bytes.count - start
        guard byteCount > 0 else { return nil }
        switch bytes[start] {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"):
            return byteCount == 1 ? 0 : nil
        case let sign where sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"):
            guard byteCount == 6, let hours = twoDigits(bytes, at: start + 1), hours <= 23,
                bytes[start + 3] == UInt8(ascii: ":"), let minutes = twoDigits(bytes, at: start + 4), minutes <= 59
            else { return nil }
            let offset = hours * 60 + minutes
            return sign == UInt8(ascii: "+") ? offset : -offset
        default:
            return nil
        }
    }
}

private func isDateTimeSeparator(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "T") || byte == UInt8(ascii: "t") || byte == UInt8(ascii: " ")
}

@inline(__always)
private func twoDigits(_ bytes: Span<UInt8>, at index: Int) -> Int? {
    guard let tens = bytes[index].decimalDigitValue, let ones = bytes[index + 1].decimalDigitValue else { return nil }
    return Int(tens) * 10 + Int(ones)
}

/// The quotient rounded down, also below zero, and what is left of the dividend.
private func floorDivision<Integer: BinaryInteger>(
    _ dividend: Integer,
    by divisor: Integer
) -> (quotient: Integer, remainder: Integer) {
    let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
}

extension [UInt8] {
    /// Appends a number that is not negative, with zeros before it where it has fewer digits, after a separator.
    fileprivate mutating func append(digits value: Int, countMin: Int, after separator: Unicode.Scalar? = nil) {
        if let separator { append(UInt8(ascii: separator)) }
        var power = 1
        for _ in 1..<countMin { power *= 10 }
        while value / power >= 10 { power *= 10 }
        var rest = value
        while power > 0 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / power))
            rest %= power
            power /= 10
        }
    }
}

/// A date of the proleptic Gregorian calendar, which RFC 3339 uses.
///
/// The two conversions are `days_from_civil` and `civil_from_days` of Howard Hinnant's "chrono-Compatible Low-Level
/// Date Algorithms". They count years from March, so that the leap day comes last, in eras of 400 years.
private struct CalendarDate {
    let year: Int
    let month: Int
    let day: Int

    private static let daysPerEra = 146_097
    /// From 0000-03-01 to 1970-01-01.
    private static let daysBefore1970 = 719_468

    /// Nil where the month has no such day.
    init?(year: Int, month: Int, day: Int) {
        guard (1...12).contains(month), day >= 1, day <= Self.dayCount(year: year, month: month) else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// The date so many days after 1970-01-01.
    init(daysSince1970: Int) {
        let days = daysSince1970 + Self.daysBefore1970
        let era = (days >= 0 ? days : days - (Self.daysPerEra - 1)) / Self.daysPerEra
        let dayOfEra = days - era * Self.daysPerEra
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// The days from 1970-01-01 to this date.
    var daysSince1970: Int {
        let marchYear = month <= 2 ? year - 1 : year
        let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * Self.daysPerEra + dayOfEra - Self.daysBefore1970
    }

    private static func dayCount(year: Int, month: Int) -> Int {
        switch month {
        case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
