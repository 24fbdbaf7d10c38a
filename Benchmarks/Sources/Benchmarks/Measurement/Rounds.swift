internal import Glibc

/// Turns in alternation, so that a disturbance of the machine affects all contenders.
struct Rounds {
    let count: Int

    /// Measures the question: in each round, each contender has one turn.
    ///
    /// A first round warms up and does not count. Throws `LeftOut` if the question cannot be measured here.
    func ask(_ question: Question, _ setting: Setting) async throws -> Answer {
        let work = setting.factor == 1 ? "" : ", \(setting.factor) times the work"
        Program.say("\(question.name): \(question.title)\(work)")
        let contenders = try await question.contenders(setting)
        var turns = contenders.map { _ in [[Double?]]() }
        for round in 0...count {
            for (index, contender) in contenders.enumerated() {
                let directory = try setting.scratch.directory("turn")
                // Flushes dirty pages of the previous turn, outside of this one.
                sync()
                let values = try await contender.turn(directory)
                precondition(values.count == question.metrics.count, "a turn has a value for each metric")
                if round > 0 { turns[index].append(values) }
                try Scratch.remove(directory)
            }
        }
        try setting.servers.removeAll()
        try setting.scratch.empty()
        return Answer(question, factor: setting.factor, contenders: contenders, turns: turns)
    }
}
