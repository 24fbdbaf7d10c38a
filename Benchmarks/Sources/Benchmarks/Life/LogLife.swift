internal import Glibc
internal import Ledger
internal import TradeModel

/// A ledger up to millions of events: the time of appends along the way, of opening and lookups at the end, and its
/// size on the disk.
///
/// One long turn, not several: the question is whether any of these grows.
struct LogLife {
    static let rowName = "life"

    private let setting: Setting
    private let eventCount: Int
    private let directory: String

    private static let eventsPerCommit = 1000
    /// The number of timed commits of one event at each point.
    private static let sampleCount = 200
    private static let pointCount = 50
    private static let lookupCount = 9
    private static let idleSeconds: UInt32 = 10

    init(_ setting: Setting) throws {
        self.setting = setting
        eventCount = setting.count(full: 10_000_000, quick: 100_000)
        directory = try setting.scratch.directory("life")
    }

    /// Appends all events, times single commits at every point, and then measures the end.
    func run() throws -> LifeReport {
        Program.say("\(Self.rowName): \(eventCount.grouped) events")
        let points = try grow()
        var facts = try lookups()
        facts += try service()
        facts += try sizes()
        try setting.scratch.empty()
        return LifeReport(eventCount: eventCount, points: points, facts: facts)
    }

    private func grow() throws -> [LifeReport.Point] {
        let workload = try Workload()
        let limitDirectory = try setting.scratch.directory("life-limit")
        let ledger = try Ledger.new(in: directory)
        var points: [LifeReport.Point] = []
        var next = 0
        for point in 1...Self.pointCount {
            let end = eventCount / Self.pointCount * point
            while next + Self.sampleCount < end {
                let count = min(Self.eventsPerCommit, end - Self.sampleCount - next)
                try ledger.appendBlocking(batch: try workload.drafts(count, from: next))
                next += count
            }
            let drafts = try workload.drafts(end - next, from: next)
            next = end
            let records = StoredRecord.records(of: drafts)
            let own = try drafts.map { draft in
                let watch = Stopwatch()
                try ledger.appendBlocking(draft)
                return watch.milliseconds
            }
            let least = try DiskLimit.commit(records, commitCount: records.count, in: limitDirectory)
            points.append(
                LifeReport.Point(
                    eventCount: end,
                    medianMilliseconds: own.median,
                    percentile99Milliseconds: own.percentile(99),
                    limitMedianMilliseconds: least.median
                )
            )
        }
        try ledger.expect(eventCount: next)
        try waitUntilSealed()
        ledger.close()
        return points
    }

    /// Waits until maintenance is done, before the size on the disk is measured.
    private func waitUntilSealed() throws {
        let deadline = Stopwatch()
        while try Scratch.names(in: directory).filter({ $0.hasPrefix("0") && $0.hasSuffix(".segment") }).count > 1 {
            guard deadline.seconds < 600 else { throw Failure("segments were not sealed within ten minutes") }
            usleep(100_000)
        }
    }

    private func lookups() throws -> [LifeReport.Fact] {
        let opened = try (0..<Self.lookupCount).map { _ in try OpenedLedger(in: directory) }
        let oldest = Workload.tradeID(0)
        let trade = try (0..<Self.lookupCount).map { _ in try milliseconds("trade", "--format", "csv", oldest) }
        var line: [UInt8] = []
        EventJSON.write(try Workload().drafts(1)[0], into: &line)
        let file = directory + ".retry"
        try writeFile(file, line + [UInt8(ascii: "\n")])
        let retry = try (0..<Self.lookupCount).map { _ in try milliseconds("append", "--quiet", file) }
        guard try LedgerReader(opening: directory).durableSequence() == UInt64(eventCount) else {
            throw Failure("the first event was not recognised when it came again")
        }
        return [
            .milliseconds("open for writing, a new process", opened.map(\.milliseconds).median),
            .bytes("anonymous memory after opening", opened.map(\.anonymousByteCount).max() ?? 0),
            .milliseconds("`tradeledger trade --format csv` of the first trade, the whole process", trade.median),
            .milliseconds("`tradeledger append` of the first event again, the whole process", retry.median),
        ]
    }

    /// The cost of a service that nobody uses.
    private func service() throws -> [LifeReport.Fact] {
        try ServedLedger.once(directory, setting) { service in
            try service.waitUntilIdle()
            let time = try service.program.processorMilliseconds()
            sleep(Self.idleSeconds)
            return [
                .milliseconds("start of `tradeledger serve` until it is ready", service.startMilliseconds),
                .bytes("memory of an idle `tradeledger serve`", try service.program.residentByteCount()),
                .bytes("the same at its peak", try service.program.peakByteCount()),
                .milliseconds(
                    "processor time of \(Self.idleSeconds) idle seconds",
                    try service.program.processorMilliseconds() - time
                ),
            ]
        }
    }

    private func milliseconds(_ arguments: String...) throws -> Double {
        let watch = Stopwatch()
        try ChildProgram.run([setting.programPath] + arguments + ["--ledger", directory])
        return watch.milliseconds
    }

    private func sizes() throws -> [LifeReport.Fact] {
        let events = Double(eventCount)
        let output = directory + ".ndjson"
        let printedCount = min(eventCount, 100_000)
        let arguments = [setting.programPath, "events", "--to", "\(printedCount)", "--ledger", directory]
        try ChildProgram.run(arguments, standardOutput: output)
        let printed = Double(try Scratch.byteCount(of: output)) / Double(printedCount)
        let sealed = Double(try Scratch.byteCount(in: directory) { $0.hasSuffix(".sealed") }) / events
        let identities = Double(try Scratch.byteCount(in: directory) { $0.hasSuffix(".run") }) / events
        return [
            .ratio("bytes per event, as `tradeledger events` prints it", printed),
            .ratio("bytes per event, sealed", sealed),
            .ratio("size as printed ÷ size when sealed", printed / sealed),
            .ratio("bytes per event in the index runs", identities),
        ]
    }
}
