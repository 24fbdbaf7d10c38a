import TradeModel

/// The events that were given up as damaged, as an audit reports them: accepted, so not a problem, but never silent.
struct LostEvents {
    /// Events in a row that one person gave up for one reason.
    private struct Run {
        var sequences: ClosedRange<UInt64>
        let body: EventBody
    }

    private var runs: [Run] = []
    private var count: UInt64 = 0

    /// How many ranges are listed; the rest are only counted.
    private static let toldCountMax = 10

    /// Takes in the next event.
    mutating func note(_ event: Event) {
        guard event.body.type == .lost else { return }
        count += 1
        if let last = runs.last, last.sequences.upperBound + 1 == event.sequence, last.body == event.body {
            runs[runs.count - 1].sequences = last.sequences.lowerBound...event.sequence
        } else {
            runs.append(Run(sequences: event.sequence...event.sequence, body: event.body.copied()))
        }
    }

    /// The check that reports them; nil if nothing was lost.
    func check(leftOutCount: UInt64) -> AuditCheck? {
        guard count > 0 else { return nil }
        let told = runs.prefix(Self.toldCountMax).map { run in
            "\(run.sequences.lowerBound)..\(run.sequences.upperBound) (\(run.body.text(.reason) ?? ""); "
                + "\(run.body.text(.actor) ?? ""), \(run.body.occurredAt))"
        }
        return AuditCheck(
            name: "lost",
            extent: counted(count, "event") + " given up: " + told.joined(separator: ", ")
                + (runs.count > told.count ? ", …" : "") + "; " + counted(leftOutCount, "later event")
                + " left out of the fold"
        )
    }
}
