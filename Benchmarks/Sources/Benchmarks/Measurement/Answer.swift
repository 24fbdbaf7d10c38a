/// What the contenders of a question did.
struct Answer: Sendable {
    let question: Question
    let results: [Result]

    /// One contender by one metric.
    struct Result: Sendable {
        let contender: String
        let metric: Metric
        /// A value for each round.
        let values: [Double]
        /// In the same rounds, how fast that is beside the limit; empty where there is none.
        let speeds: [Double]
    }

    /// The answer from each contender's turns: by round, a value for each metric.
    init(_ question: Question, contenders: [Contender], turns: [[[Double]]]) {
        self.question = question
        results = question.metrics.indices.flatMap { index in
            let metric = question.metrics[index]
            let values = turns.map { rounds in rounds.map { $0[index] } }
            return zip(contenders, values).map { contender, own in
                let limits = question.comparison == .limit ? values[0] : []
                let speeds = zip(own, limits).map { metric.speed($0, beside: $1) }
                return Result(contender: contender.name, metric: metric, values: own, speeds: speeds)
            }
        }
    }
}

extension [Double] {
    var median: Double {
        let sorted = sorted()
        return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
    }

    /// The smallest value that so much of all values does not exceed.
    func percentile(_ percent: Int) -> Double {
        let rank = (count * percent + 99) / 100
        return sorted()[Swift.max(rank, 1) - 1]
    }
}
