internal import Glibc
internal import Replication

/// A progress bar on stderr; it is hidden unless stderr is a terminal.
struct ProgressBar {
    private let label: String
    private let total: UInt64
    private let isShown: Bool
    private var lastPercent: UInt64 = .max

    private static let width = 30

    init(_ label: String, total: UInt64, isQuiet: Bool) {
        self.label = label
        self.total = total
        isShown = !isQuiet && total > 0 && isatty(STDERR_FILENO) == 1
    }

    /// Shows how much is done, if the percentage has changed.
    mutating func update(_ done: UInt64) {
        guard isShown else { return }
        let percent = min(done, total) * 100 / total
        guard percent != lastPercent else { return }
        lastPercent = percent
        let filled = Int(percent) * Self.width / 100
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
        StandardError.write("\r\(label) [\(bar)] \(percent)% \(done)/\(total)".utf8)
    }

    /// Clears the line.
    func finish() {
        if isShown { StandardError.write("\r\u{1B}[K".utf8) }
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
