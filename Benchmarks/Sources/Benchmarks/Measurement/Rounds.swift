internal import Glibc

/// Turns in alternation, so that what disturbs the machine for a while disturbs everyone.
struct Rounds {
    let count: Int

    /// Asks the question: each contender has its turn, then each again, as often as there are rounds.
    ///
    /// A first round warms up and does not count. Throws `LeftOut` where the question cannot be asked here.
    func ask(_ question: Question, _ setting: Setting) async throws -> Answer {
        Program.say("\(question.name): \(question.title)")
        let contenders = try await question.contenders(setting)
        var turns = contenders.map { _ in [[Double]]() }
        for round in 0...count {
            for (index, contender) in contenders.enumerated() {
                let directory = try setting.scratch.directory("turn")
                // What the turn before left to be written is not to be written in this one.
                sync()
                let values = try await contender.turn(directory)
                precondition(values.count == question.metrics.count, "a turn has a value for each metric")
                if round > 0 { turns[index].append(values) }
                try Scratch.remove(directory)
            }
        }
        try setting.servers.removeAll()
        try setting.scratch.empty()
        return Answer(question, contenders: contenders, turns: turns)
    }
}
