/// The results of the life of a ledger.
struct LifeReport {
    /// One moment of it.
    struct Point {
        let eventCount: Int
        let medianMilliseconds: Double
        let percentile99Milliseconds: Double
        let limitMedianMilliseconds: Double
    }

    /// A figure from its end.
    struct Fact {
        let name: String
        let value: Double
        let unit: String

        static func milliseconds(_ name: String, _ value: Double) -> Fact {
            Fact(name: name, value: value, unit: " ms")
        }
        static func bytes(_ name: String, _ value: Int) -> Fact {
            Fact(name: name, value: Double(value) / Double(1 << 20), unit: " MiB")
        }
        static func ratio(_ name: String, _ value: Double) -> Fact { Fact(name: name, value: value, unit: "") }
    }

    let eventCount: Int
    let points: [Point]
    let facts: [Fact]

    /// A Markdown table.
    var table: String {
        let first = points.prefix(5).map(\.medianMilliseconds).median
        let last = points.suffix(5).map(\.medianMilliseconds).median
        let limit = points.map(\.limitMedianMilliseconds).median
        let rows: [Fact] =
            [
                .milliseconds("an append at the beginning, p50", first),
                .milliseconds("an append at the end, p50", last),
                .milliseconds("the limit in the same minutes, p50", limit),
            ] + facts
        var text = "\n| a ledger of \(eventCount.grouped) events | |\n|---|---:|\n"
        for row in rows { text += "| \(row.name) | \(Report.rounded(row.value))\(row.unit) |\n" }
        return text
    }

    var json: JSON {
        .object([
            ("row", .text(LogLife.rowName)), ("events", .number(Double(eventCount))),
            (
                "facts",
                .list(facts.map { .object([("name", .text($0.name)), ("value", .number($0.value))]) })
            ),
            (
                "points",
                .list(
                    points.map { point in
                        .object([
                            ("events", .number(Double(point.eventCount))),
                            ("p50_ms", .number(point.medianMilliseconds)),
                            ("p99_ms", .number(point.percentile99Milliseconds)),
                            ("limit_p50_ms", .number(point.limitMedianMilliseconds)),
                        ])
                    }
                )
            ),
        ])
    }
}
