internal import Glibc
internal import Replication

/// A progress bar on stderr, for work that takes longer than a second; it is hidden unless stderr is a terminal.
struct ProgressBar {
    /// What is counted.
    enum Unit: String {
        case events
        case bytes
        case rounds
    }

    private let label: String
    private let total: UInt64
    private let unit: Unit
    private let isEnabled: Bool
    private let begin = ContinuousClock.now
    private var lastUpdate: ContinuousClock.Instant?

    private static let width = 20
    private static let quietTime = Duration.seconds(1)
    private static let pause = Duration.milliseconds(200)

    init(_ label: String, total: UInt64, _ unit: Unit = .events, isQuiet: Bool) {
        (self.label, self.total, self.unit) = (label, total, unit)
        isEnabled = !isQuiet && total > 0 && isatty(STDERR_FILENO) == 1
    }

    /// Shows how much is done, how fast it goes and how long it will take, a few times a second.
    mutating func update(_ done: UInt64) {
        guard isEnabled else { return }
        let now = ContinuousClock.now
        guard lastUpdate.map({ now - $0 >= Self.pause }) ?? (now - begin >= Self.quietTime) else { return }
        lastUpdate = now
        StandardError.write("\r\u{1B}[K\(line(min(done, total), after: now - begin))".utf8)
    }

    private func line(_ done: UInt64, after time: Duration) -> String {
        let (share, milliseconds) = (Double(done) / Double(total), Double(max(1, time.wholeMilliseconds)))
        let filled = Int(share * Double(Self.width))
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
        let place = "\(label) [\(bar)] \(Int(share * 100))%"
        guard done > 0 else { return place }
        let left = CatchUpPace.text(milliseconds: Int(milliseconds * (1 - share) / share))
        return "\(place), \(rate(Double(done) * 1000 / milliseconds)), about \(left) left"
    }

    private func rate(_ perSecond: Double) -> String {
        switch unit {
        case .bytes where perSecond >= 1e6: "\(Int(perSecond / 1e6)) MB/s"
        case .bytes: "\(Int(perSecond / 1e3)) kB/s"
        case .events, .rounds: "\(Int(perSecond)) \(unit.rawValue)/s"
        }
    }

    /// Clears the line.
    func finish() {
        if lastUpdate != nil { StandardError.write("\r\u{1B}[K".utf8) }
    }
}

/// Reports the progress of a database that is catching up, on a terminal in place and elsewhere every ten seconds.
struct CatchUpProgress {
    private let log: Log
    private let isTerminal: Bool
    private var pace: CatchUpPace?
    private var lastReport = ContinuousClock.now
    private var isLineShown = false

    private static let terminalPause = Duration.milliseconds(200)
    private static let messagePause = Duration.seconds(10)

    init(_ log: Log, isQuiet: Bool) {
        self.log = log
        isTerminal = !isQuiet && isatty(STDERR_FILENO) == 1
    }

    /// Starts at the position of the database.
    mutating func begin(at sequence: UInt64) {
        finish()
        lastReport = .now
        pace = CatchUpPace(from: sequence, at: lastReport)
    }

    /// Reports the progress from time to time; stops once the database has all durable events.
    mutating func update(_ sequence: UInt64, of durableSequence: UInt64) {
        guard let pace else { return }
        guard sequence < durableSequence else { return finish() }
        let now = ContinuousClock.now
        guard now - lastReport >= (isTerminal ? Self.terminalPause : Self.messagePause) else { return }
        lastReport = now
        let text = pace.description(at: sequence, of: durableSequence, now)
        if isTerminal {
            StandardError.write("\r\u{1B}[Kreplicate: \(text)".utf8)
            isLineShown = true
        } else {
            log.say(.info, "catching up: \(text)")
        }
    }

    /// Clears the terminal's line to make room for a message.
    mutating func clear() {
        if isLineShown { StandardError.write("\r\u{1B}[K".utf8) }
        isLineShown = false
    }

    /// Ends the report, because the database has caught up.
    mutating func finish() {
        clear()
        pace = nil
    }
}
