/// The latency of an append by the number of events before it, as an SVG picture.
struct GrowthPlot {
    let report: LifeReport

    private static let (width, height, margin) = (720.0, 360.0, 56.0)

    private struct Curve: Sendable {
        let name: String
        let color: String
        let value: @Sendable (LifeReport.Point) -> Double
    }

    private static let curves = [
        Curve(name: "p99", color: "chocolate") { $0.percentile99Milliseconds },
        Curve(name: "p50", color: "steelblue") { $0.medianMilliseconds },
        Curve(name: "limit, p50", color: "gray") { $0.limitMedianMilliseconds },
    ]

    /// The picture.
    var svg: String {
        let top = report.points.flatMap { point in Self.curves.map { $0.value(point) } }.reduce(0, max) * 1.1
        var lines = [
            #"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \#(Int(Self.width)) \#(Int(Self.height))" "#
                + #"font-family="sans-serif" font-size="12">"#,
            #"<rect width="100%" height="100%" fill="white"/>"#,
            text(Self.width / 2, 20, "One append, awaited, by the events that are there", anchor: "middle"),
            text(Self.width / 2, Self.height - 12, "millions of events in the ledger", anchor: "middle"),
            text(8, 40, "ms", anchor: "start"),
        ]
        for step in 0...4 {
            let value = top * Double(step) / 4
            let y = self.y(value, top)
            lines.append(
                #"<path stroke="lightgray" d="M\#(Self.margin) \#(y)H\#(Self.width - Self.margin)"/>"#
            )
            lines.append(text(Self.margin - 6, y + 4, Report.rounded(value), anchor: "end"))
            let millions = Double(report.eventCount) * Double(step) / 4 / 1e6
            lines.append(
                text(x(Double(step) / 4), Self.height - Self.margin + 18, Report.rounded(millions), anchor: "middle")
            )
        }
        for (index, curve) in Self.curves.enumerated() {
            let path = report.points.map { point in
                "\(x(Double(point.eventCount) / Double(report.eventCount))),\(y(curve.value(point), top))"
            }
            lines.append(
                #"<polyline fill="none" stroke="\#(curve.color)" stroke-width="2" "#
                    + #"points="\#(path.joined(separator: " "))"/>"#
            )
            let labelY = 40 + Double(index) * 16
            lines.append(text(Self.width - Self.margin, labelY, curve.name, anchor: "end", fill: curve.color))
        }
        return lines.joined(separator: "\n") + "\n</svg>\n"
    }

    private func x(_ share: Double) -> Double { Self.margin + share * (Self.width - 2 * Self.margin) }

    private func y(_ value: Double, _ top: Double) -> Double {
        Self.height - Self.margin - value / top * (Self.height - 2 * Self.margin)
    }

    private func text(_ x: Double, _ y: Double, _ text: String, anchor: String, fill: String = "black") -> String {
        #"<text x="\#(x)" y="\#(y)" text-anchor="\#(anchor)" fill="\#(fill)">\#(text)</text>"#
    }
}
