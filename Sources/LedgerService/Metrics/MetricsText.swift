/// Writes metrics in the text format 0.0.4 of Prometheus.
struct MetricsText {
    /// What was written so far.
    private(set) var bytes: [UInt8] = []

    /// Begins the lines of a metric.
    mutating func begin(_ metric: Metric) {
        // The texts of the declarations have nothing to escape.
        bytes += "# HELP \(metric.name) \(metric.help).\n# TYPE \(metric.name) \(metric.kind.rawValue)\n".utf8
    }

    /// One value of a counter or a gauge.
    mutating func sample(_ metric: Metric, _ labels: [String], _ value: UInt64) {
        write(metric.name, zip(metric.labels, labels), Self.number(value, metric.unit))
    }

    /// A gauge without labels; it is absent where there is no value.
    mutating func gauge(_ metric: Metric, _ value: (some BinaryInteger)?) {
        guard let value else { return }
        begin(metric)
        sample(metric, [], UInt64(clamping: value))
    }

    /// The values of a histogram: how many were observed in each bucket, and their sum.
    ///
    /// `counts` has one more number than there are limits, for the values beyond the last one.
    mutating func histogram(_ metric: Metric, _ labels: [String], counts: [UInt64], sum: UInt64) {
        let pairs = Array(zip(metric.labels, labels))
        var total: UInt64 = 0
        for (index, count) in counts.enumerated() {
            total += count
            let limits = metric.buckets.limits
            let limit = index < limits.count ? Self.number(limits[index], metric.unit) : "+Inf"
            write(metric.name + "_bucket", pairs + [("le", limit)], String(total))
        }
        write(metric.name + "_sum", pairs, Self.number(sum, metric.unit))
        write(metric.name + "_count", pairs, String(total))
    }

    private mutating func write(_ name: String, _ labels: some Sequence<(String, String)>, _ value: String) {
        bytes += name.utf8
        var separator = "{"
        for (label, text) in labels {
            bytes += "\(separator)\(label)=\"".utf8
            for byte in text.utf8 { append(escaping: byte) }
            bytes.append(UInt8(ascii: "\""))
            separator = ","
        }
        bytes += "\(separator == "{" ? "" : "}") \(value)\n".utf8
    }

    private mutating func append(escaping byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\\"), UInt8(ascii: "\""): bytes += [UInt8(ascii: "\\"), byte]
        case UInt8(ascii: "\n"): bytes += "\\n".utf8
        default: bytes.append(byte)
        }
    }

    /// A recorded number in its base unit, exactly: 1,500,000 nanoseconds are `0.0015`.
    static func number(_ value: UInt64, _ unit: Metric.Unit) -> String {
        let digitCount = unit.fractionDigitCount
        let digits = String(value)
        guard digitCount > 0 else { return digits }
        let padded = String(repeating: "0", count: max(0, digitCount + 1 - digits.count)) + digits
        let fraction = padded.suffix(digitCount)
        guard let last = fraction.lastIndex(where: { $0 != "0" }) else { return String(padded.dropLast(digitCount)) }
        return padded.dropLast(digitCount) + "." + fraction[...last]
    }
}
