/// The results of the contenders of a question.
struct Answer: Sendable {
    let question: Question
    /// By what the work was multiplied.
    let factor: Int
    let results: [Result]

    /// One contender and one metric.
    struct Result: Sendable {
        let contender: String
        let metric: Metric
        /// A value for each round.
        let values: [Double]
        /// The speed beside the limit in the same rounds; empty if there is no limit.
        let speeds: [Double]
    }

    /// The answer from each contender's turns: by round, a value for each metric that it has.
    init(_ question: Question, factor: Int, contenders: [Contender], turns: [[[Double?]]]) {
        (self.question, self.factor) = (question, factor)
        results = question.metrics.indices.flatMap { index in
            let metric = question.metrics[index]
            let values = turns.map { rounds in rounds.compactMap { $0[index] } }
            let limits = question.comparison == .limit ? values[0] : []
            return zip(contenders, values).filter { !$1.isEmpty }.map { contender, own in
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

    /// The smallest value that this fraction of all values does not exceed.
    func percentile(_ percent: Int) -> Double {
        let rank = (count * percent + 99) / 100
        return sorted()[Swift.max(rank, 1) - 1]
    }
}
