import LedgerTestSupport
import Testing
import TradeModel

@Suite struct `Timestamps` {
    @Test func `every month of the years 1970 to 9999 begins and ends on its day`() {
        var days: Int64 = 0
        var brokenCount = 0
        for year in 1970...9999 {
            let isLeap = year % 4 == 0 && year % 100 != 0 || year % 400 == 0
            for (index, dayCount) in [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].enumerated() {
                for (day, offset) in [(1, 0), (dayCount, Int64(dayCount) - 1)] {
                    let text = "\(year)-\(padded(index + 1))-\(padded(day))T00:00:00.000000Z"
                    let timestamp = Timestamp(microsecondsSince1970: (days + offset) * 86_400_000_000)
                    if timestamp.description != text || Timestamp(text) != timestamp { brokenCount += 1 }
                }
                if Timestamp("\(year)-\(padded(index + 1))-\(padded(dayCount + 1))T00:00:00Z") != nil {
                    brokenCount += 1
                }
                days += Int64(dayCount)
            }
        }
        #expect(brokenCount == 0)
        #expect(days * 86_400_000_000 == Timestamp.rangeMicroseconds.upperBound)
    }

    @Test(arguments: [UInt64(51)])
    func `what is written reads back the same`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var brokenCount = 0
        for _ in 0..<100_000 {
            let microseconds = Int64.random(in: Timestamp.rangeMicroseconds, using: &generator)
            let timestamp = Timestamp(microsecondsSince1970: microseconds)
            if Timestamp(timestamp.description) != timestamp { brokenCount += 1 }
        }
        #expect(brokenCount == 0)
    }

    @Test(arguments: [
        ("2024-07-01T00:10:00Z", "2024-07-01T00:10:00.000000Z"),
        ("2024-07-01t00:10:00z", "2024-07-01T00:10:00.000000Z"),
        ("2024-07-01 00:10:00.5Z", "2024-07-01T00:10:00.500000Z"),
        ("2024-07-01T02:10:00+02:00", "2024-07-01T00:10:00.000000Z"),
        ("2024-06-30T18:40:00-05:30", "2024-07-01T00:10:00.000000Z"),
        ("2024-07-01T00:10:00-00:00", "2024-07-01T00:10:00.000000Z"),
        ("2024-07-01T23:59:00+23:59", "2024-07-01T00:00:00.000000Z"),
        ("2024-07-01T00:00:00.123456789999Z", "2024-07-01T00:00:00.123456Z"),
        ("2024-07-01T00:00:00.9999999Z", "2024-07-01T00:00:00.999999Z"),
        ("2024-07-01T00:00:00.\(String(repeating: "1", count: 500))Z", "2024-07-01T00:00:00.111111Z"),
        ("2024-02-29T12:00:00Z", "2024-02-29T12:00:00.000000Z"),
        ("2000-02-29T12:00:00Z", "2000-02-29T12:00:00.000000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"),
        ("2016-12-31T23:59:60.25Z", "2017-01-01T00:00:00.250000Z"),
        ("2017-01-01T08:59:60+09:00", "2017-01-01T00:00:00.000000Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"),
        ("1969-12-31T23:30:00-00:30", "1970-01-01T00:00:00.000000Z"),
        ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999999Z"),
    ])
    func `RFC 3339 becomes UTC with microseconds`(text: String, utc: String) {
        #expect(Timestamp(text)?.description == utc)
    }

    @Test(arguments: [
        "", "2024", "2024-07-01", "2024-07-01T00:10:00", "2024-07-01T00:10Z", "2024-07-01T00:10:00.Z",
        "2024-07-01T00:10:00,5Z", "2024-07-01T00:10:00.5", "2024-07-01T00:10:00ZZ", "2024-07-01T00:10:00+0200",
        "2024-07-01T00:10:00+02", "2024-07-01T00:10:00+24:00", "2024-07-01T00:10:00+02:60",
        "2024-07-01T00:10:00+02:000",
        "2024-07-01_00:10:00Z", "2024/07/01T00:10:00Z", "2024-07-01T00-10-00Z", "2024-7-01T00:10:00Z",
        "2024-00-01T00:00:00Z", "2024-13-01T00:00:00Z", "2024-07-00T00:00:00Z", "2024-06-31T00:00:00Z",
        "2023-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2024-07-01T24:00:00Z", "2024-07-01T00:60:00Z",
        "2024-07-01T00:00:61Z", "2024-07-01T00:00:60Z", "2016-12-31T23:59:60+01:00", "-024-07-01T00:00:00Z",
        "12024-07-01T00:00:00Z", " 2024-07-01T00:10:00Z", "２０24-07-01T00:10:00Z",
        "1969-12-31T23:59:59.999999Z", "1970-01-01T00:30:00+01:00", "9999-12-31T23:59:60Z", "9999-12-31T23:00:00-01:00",
        "0000-01-01T00:00:00Z",
    ])
    func `text that is not RFC 3339, not a date or out of range is refused`(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test(arguments: [
        ("0", 0), ("7", 7000), ("1719792600000", 1_719_792_600_000_000),
        ("253402300799999", 253_402_300_799_999_000),
    ])
    func `whole milliseconds are accepted`(text: String, microseconds: Int64) {
        let timestamp = Timestamp(milliseconds: Array(text.utf8).span)
        #expect(timestamp?.microsecondsSince1970 == microseconds)
    }

    @Test(arguments: [
        "", "-1", "-0", "+1", "01", "1.5", "1e3", " 1", "253402300800000", "1719792600000000", "99999999999999999999",
        "0999999999999",
    ])
    func `other milliseconds are refused`(text: String) {
        let timestamp = Timestamp(milliseconds: Array(text.utf8).span)
        #expect(timestamp == nil)
    }

    @Test func `a slice of a line is read in place`() {
        let line = Array("{\"at\":\"2024-07-01T00:10:00Z\"".utf8)
        let timestamp = Timestamp(rfc3339: line[7..<27].span)
        #expect(timestamp?.microsecondsSince1970 == 1_719_792_600_000_000)
    }

    @Test func `the bounds are those of the years 1970 to 9999`() {
        #expect(Timestamp.min.description == "1970-01-01T00:00:00.000000Z")
        #expect(Timestamp.max.description == "9999-12-31T23:59:59.999999Z")
        #expect(Timestamp.min < Timestamp.max)
    }

    @Test(arguments: [
        (-1, "1969-12-31T23:59:59.999999Z"), (253_402_300_800_000_000, "10000-01-01T00:00:00.000000Z"),
        (Int64.min, "-290308-12-21T19:59:05.224192Z"), (Int64.max, "294247-01-10T04:00:54.775807Z"),
    ])
    func `any instant can be shown`(microseconds: Int64, text: String) {
        #expect(Timestamp(microsecondsSince1970: microseconds).description == text)
    }
}

private func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
