internal import Ledger
internal import TradeModel

/// The events per second that the program appends from a file of JSON lines, including its start.
///
/// The limit writes the records of the same events, without JSON, with one flush for as many as the program reads at
/// once.
enum LinesThroughProgram {
    static let question = Question(
        name: "lines",
        title: "a file of JSON lines through `tradeledger append --quiet`",
        metrics: [Metric(name: "rate", unit: .eventsPerSecond)],
        contenders: contenders
    )

    /// The bytes that the program reads and commits at once.
    private static let inputByteCount = 1 << 20

    private static func contenders(_ setting: Setting) throws -> [Contender] {
        let drafts = try Workload().drafts(setting.count(full: 200_000, quick: 20_000))
        var lines: [UInt8] = []
        for draft in drafts {
            EventJSON.write(draft, into: &lines)
            lines.append(UInt8(ascii: "\n"))
        }
        let file = try setting.scratch.directory("input") + "/events.ndjson"
        try writeFile(file, lines)
        let commitCount = (lines.count + inputByteCount - 1) / inputByteCount
        let eventsPerCommit = drafts.count / commitCount
        let records = StoredRecord.records(of: Array(drafts.prefix(commitCount * eventsPerCommit)))

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
            guard appended == UInt64(drafts.count) else {
                throw Failure("tradeledger appended \(appended) events of \(drafts.count)")
            }
            return [Double(drafts.count) / seconds]
        }
        return [limit, program]
    }
}
