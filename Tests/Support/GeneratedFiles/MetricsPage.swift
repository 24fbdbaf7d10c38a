import LedgerService

/// docs/metrics.md: every metric of the service with its type, its labels and its meaning.
enum MetricsPage {
    static var text: String {
        """
        # Metrics

        Written by `tools/generate` from the declarations in `Sources/LedgerService/Metrics/Metrics.swift`; edit those.

        `GET /metrics` answers with these metrics in the text format 0.0.4 of Prometheus. Times are in seconds, sizes \
        in bytes. Counters and histograms begin at 0 when the service starts. No label has the id of a trade, so the \
        number of series does not grow with history.

        \(table)

        """
    }

    private static var table: String {
        var table = MarkdownTable([("metric", "---"), ("type", "---"), ("labels", "---"), ("meaning", "---")])
        for metric in Metric.all {
            table.add(["`\(metric.name)`", metric.kind.rawValue, codeList(metric.labels), metric.help])
        }
        return table.text
    }
}
