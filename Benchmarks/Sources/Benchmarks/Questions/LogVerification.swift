internal import CHashLimit

/// The bytes per second of a log that `tradeledger verify` checks, including its start, without a database.
///
/// The limit reads the segments, on one core, through SHA-256. All data comes from the page cache. A sealed segment is
/// shorter than the plain one: each contender counts its own bytes.
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

    /// Returns the number of bytes of the files.
    private static func hashSegments(in directory: String) throws -> Int {
        var byteCount = 0
        for name in try Scratch.segmentNames(in: directory) {
            let error = unsafe hash_limit_sha256(directory + "/" + name, &byteCount)
            guard error == 0 else { throw SystemFailure("hash", name, error) }
        }
        return byteCount
    }

    /// The bytes of all events that the program reports as checked.
    private static func byteCount(_ checks: String, of ledger: PreparedLedger) throws -> Int {
        guard let events = checks.firstRange(of: "\"\(ledger.eventCount) events, "),
            let end = checks[events.upperBound...].firstRange(of: " bytes\""),
            let count = checks[events.upperBound..<end.lowerBound].split(separator: " ").last.flatMap({ Int($0) })
        else { throw Failure("tradeledger verify does not tell of \(ledger.eventCount) events: \(checks)") }
        return count
    }
}
