internal import Ledger
internal import TradeModel

/// The events per second that the program appends from a file of JSON lines, including its start.
///
/// The limit writes the records of the same events, without JSON, with one flush for as many as the program reads at
/// once.
enum LinesThroughProgram {
    static let questions = [
        question("lines", "a file of JSON lines through `tradeledger append --quiet`") { setting in
            try Workload().drafts(setting.count(full: 200_000, quick: 20_000)).map { draft in
                var line: [UInt8] = []
                EventJSON.write(draft, into: &line)
                return line
            }
        },
        question("bot-lines", "the same with the lines of a bot in Python") { setting in
            BotLines.lines(setting.count(full: 50_000, quick: 2000))
        },
    ]

    /// The bytes that the program reads and commits at once.
    private static let inputByteCount = 1 << 20

    private static func question(
        _ name: String,
        _ title: String,
        lines: @escaping @Sendable (Setting) throws -> [[UInt8]]
    ) -> Question {
        Question(name: name, title: title, metrics: [Metric(name: "rate", unit: .eventsPerSecond)]) { setting in
            try contenders(setting, try lines(setting))
        }
    }

    private static func contenders(_ setting: Setting, _ lines: [[UInt8]]) throws -> [Contender] {
        let eventCount = lines.count
        let input = lines.flatMap { $0 + [UInt8(ascii: "\n")] }
        let file = try setting.scratch.directory("input") + "/events.ndjson"
        try writeFile(file, input)
        let commitCount = (input.count + inputByteCount - 1) / inputByteCount
        let counted = lines.prefix(eventCount / commitCount * commitCount)
        let records = StoredRecord.records(of: try counted.map { try EventJSON.decode(line: $0) })

        let limit = Contender.limit { directory in
            let times = try DiskLimit.commit(records, commitCount: commitCount, in: directory)
            return [Double(records.count) / times.reduce(0, +) * 1000]
        }
        let program = Contender.ledger { directory in
            try Ledger.create(in: directory)
            let watch = Stopwatch()
            try ChildProgram.run([setting.programPath, "append", "--quiet", "--ledger", directory, file])
            let seconds = watch.seconds
            let appended = try LedgerReader(opening: directory).durableSequence()
            guard appended == UInt64(eventCount) else {
                throw Failure("tradeledger appended \(appended) events of \(eventCount)")
            }
            return [Double(eventCount) / seconds]
        }
        return [limit, program]
    }
}
