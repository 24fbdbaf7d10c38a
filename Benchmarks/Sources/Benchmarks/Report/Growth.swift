/// How the figures of each row change as its work grows.
struct Growth {
    /// The multiples of the work of `--quick` that `--growth` measures.
    static let factors = [1, 10, 100]

    let factors: [Int]
    /// Of each question an answer for each factor, in this order.
    let answers: [Answer]

    /// A Markdown table with a column for each factor.
    var table: String {
        let names = ["row", "contender", "figure"] + factors.map { "\($0) ×" }
        let speed = "speed at \(factors.reduce(1, max)) × beside 1 ×"
        var text = Self.row(names + [speed]) + "|---|---|---|---:|" + factors.map { _ in "---:|" }.joined() + "\n"
        for start in stride(from: 0, to: answers.count, by: factors.count) {
            let sizes = answers[start..<(start + factors.count)]
            for (index, first) in answers[start].results.enumerated() {
                let results = sizes.map { $0.results[index] }
                let last = results[results.count - 1].values.median
                text += Self.row(
                    [answers[start].question.name, first.contender, first.metric.name] + results.map(\.median)
                        + [Report.rounded(first.metric.speed(last, beside: first.values.median))]
                )
            }
        }
        return text
    }

    private static func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
}
