internal import CHashLimit

/// How many bytes of a log a second `tradeledger verify` checks, its start included, with no database.
///
/// The limit reads the segments, on one core, through the hash that the log is proved with. All of it comes from the
/// page cache. A sealed segment is shorter than what was written: each counts the bytes that it has before it.
enum LogVerification {
    static let question = Question(
        name: "verify",
        title: "`tradeledger verify` of the log alone, all of it right",
        metrics: [Metric(name: "rate", unit: .mebibytesPerSecond)],
        contenders: contenders
    )

    private static func contenders(_ setting: Setting) throws -> [Contender] {
        let trades = ManyTrades(setting.count(full: 250_000, quick: 2500), .scaled)
        let ledger = try PreparedLedger(trades, in: setting.scratch.directory("ledger"))
        let limit = Contender.limit { _ in
            let watch = Stopwatch()
            let byteCount = try hashSegments(in: ledger.directory)
            return rate(byteCount, watch)
        }
        let program = Contender.ledger { directory in
            let watch = Stopwatch()
            let checks = try ChildProgram.output(
                of: [setting.programPath, "verify", "--local", "--format", "json", "--ledger", ledger.directory],
                in: directory
            )
            return rate(try byteCount(checks, of: ledger), watch)
        }
        return [limit, program]
    }

    private static func rate(_ byteCount: Int, _ watch: Stopwatch) -> [Double] {
        [Double(byteCount) / Double(1 << 20) / watch.seconds]
    }

    /// Returns how many bytes the files have.
    private static func hashSegments(in directory: String) throws -> Int {
        var byteCount = 0
        for name in try Scratch.segmentNames(in: directory) {
            let error = unsafe hash_limit_sha256(directory + "/" + name, &byteCount)
            guard error == 0 else { throw SystemFailure("hash", name, error) }
        }
        return byteCount
    }

    /// The bytes that the program says it has checked, of all events.
    private static func byteCount(_ checks: String, of ledger: PreparedLedger) throws -> Int {
        guard let events = checks.firstRange(of: "\"\(ledger.eventCount) events, "),
            let end = checks[events.upperBound...].firstRange(of: " bytes\""),
            let count = checks[events.upperBound..<end.lowerBound].split(separator: " ").last.flatMap({ Int($0) })
        else { throw Failure("tradeledger verify does not tell of \(ledger.eventCount) events: \(checks)") }
        return count
    }
}
