internal import Glibc
internal import Replication

/// The progress of a database that is catching up: a line on the terminal, or otherwise a message every ten seconds.
struct CatchUpProgress {
    private let log: Log
    private let isTerminal: Bool
    private var pace: CatchUpPace?
    private var lastTold = ContinuousClock.now
    private var isLineShown = false

    private static let terminalPause = Duration.milliseconds(200)
    private static let messagePause = Duration.seconds(10)

    init(_ log: Log, isQuiet: Bool) {
        self.log = log
        isTerminal = !isQuiet && isatty(STDERR_FILENO) == 1
    }

    /// Begins at the position of the database.
    mutating func begin(at sequence: UInt64) {
        finish()
        lastTold = .now
        pace = CatchUpPace(from: sequence, at: lastTold)
    }

    /// Shows the progress from time to time; ends once the database has all durable events.
    mutating func update(_ sequence: UInt64, of durableSequence: UInt64) {
        guard let pace else { return }
        guard sequence < durableSequence else { return finish() }
        let now = ContinuousClock.now
        guard now - lastTold >= (isTerminal ? Self.terminalPause : Self.messagePause) else { return }
        lastTold = now
        let text = pace.description(at: sequence, of: durableSequence, now)
        if isTerminal {
            StandardError.write("\r\u{1B}[Kreplicate: \(text)".utf8)
            isLineShown = true
        } else {
            log.say(.info, "catching up: \(text)")
        }
    }

    /// Clears the line to make room for a message.
    mutating func clear() {
        if isLineShown { StandardError.write("\r\u{1B}[K".utf8) }
        isLineShown = false
    }

    /// Clears the line for good, because the catch-up is over.
    mutating func finish() {
        clear()
        pace = nil
    }
}
