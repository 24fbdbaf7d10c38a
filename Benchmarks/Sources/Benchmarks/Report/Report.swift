/// All answers of one run, for people and for programs.
struct Report {
    let machine: Machine
    let extent: Setting.Extent
    let rounds: Int
    /// By what the work of each question was multiplied; there is an answer for each factor.
    let factors: [Int]
    let answers: [Answer]
    /// The requested questions without an answer, each with the reason.
    let leftOut: [String]
    let life: LifeReport?

    /// Every value of every round.
    var json: String {
        let questions = answers.map { answer in
            JSON.object([
                ("row", .text(answer.question.name)), ("title", .text(answer.question.title)),
                ("factor", .number(Double(answer.factor))),
                ("results", .list(answer.results.map(Self.json))),
            ])
        }
        let run: [(String, JSON)] = [("extent", .text(extent.rawValue)), ("rounds", .number(Double(rounds)))]
        return JSON.object(
            [("machine", .object(machine.members))] + run + [
                ("rows", .list(questions + (life.map { [$0.json] } ?? []))),
                ("left_out", .list(leftOut.map(JSON.text))),
            ]
        ).description
    }

    /// A Markdown table of medians, under the machine and the commit.
    var table: String {
        let gibibytes = (Double(machine.memoryByteCount) / Double(1 << 30)).rounded()
        var text = """
            Commit \(machine.commit), \(machine.measuredAt.prefix(10)), \(extent.rawValue), \(rounds) rounds.
            \(machine.processor), \(machine.processorCount) processors, \(Int(gibibytes)) GiB, \
            Linux \(machine.kernel), \(machine.fileSystem), load \(machine.load) before.


            """
        if factors.count > 1 { text += Growth(factors: factors, answers: answers).table } else { text += medians }
        if !leftOut.isEmpty { text += "\n" + leftOut.map { "- " + $0 + "\n" }.joined() }
        return text + (life?.table ?? "")
    }

    private var medians: String {
        guard !answers.isEmpty else { return "" }
        var text = """
            | row | contender | figure | median | speed beside the limit (least to most) |
            |---|---|---|---:|---:|

            """
        for answer in answers {
            for result in answer.results {
                let cells = [
                    answer.question.name, result.contender, result.metric.name, result.median,
                    Self.range(result.speeds),
                ]
                text += "| " + cells.joined(separator: " | ") + " |\n"
            }
        }
        return text
    }

    private static func json(_ result: Answer.Result) -> JSON {
        let own: [(String, JSON)] = [
            ("contender", .text(result.contender)), ("figure", .text(result.metric.name)),
            ("unit", .text(result.metric.unit.rawValue)), ("median", .number(result.values.median)),
            ("values", .list(result.values.map(JSON.number))),
        ]
        guard !result.speeds.isEmpty else { return .object(own) }
        return .object(
            own + [
                ("speed_beside_limit", .number(result.speeds.median)),
                ("speeds_beside_limit", .list(result.speeds.map(JSON.number))),
            ]
        )
    }

    private static func range(_ speeds: [Double]) -> String {
        guard !speeds.isEmpty else { return "" }
        let ends = [speeds.percentile(0), speeds.percentile(100)].map(rounded)
        return rounded(speeds.median) + " (" + ends.joined(separator: " to ") + ")"
    }

    /// Two places after the point, more for small values, none for large ones and zero.
    static func rounded(_ value: Double) -> String {
        guard value > 0 else { return "0" }
        guard value < 100 else { return Int(value.rounded()).grouped }
        let (places, scale) = value < 0.095 ? (4, 10_000) : (2, 100)
        let scaled = Int((value * Double(scale)).rounded())
        let fraction = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: places - fraction.utf8.count) + fraction
    }
}

extension Answer.Result {
    /// The median of its values, rounded, with the unit.
    var median: String { Report.rounded(values.median) + " " + metric.unit.rawValue }
}

extension Int {
    /// The digits of a number that is not negative, with thousands separated by commas.
    var grouped: String {
        guard self >= 1000 else { return "\(self)" }
        let rest = String(self % 1000)
        return (self / 1000).grouped + "," + String(repeating: "0", count: 3 - rest.utf8.count) + rest
    }
}
