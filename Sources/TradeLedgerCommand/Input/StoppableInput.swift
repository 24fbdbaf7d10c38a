internal import CLedgerShims
internal import Glibc

/// The input of `append`, which SIGINT and SIGTERM end.
///
/// A file or a terminal ends at the first signal. A pipe or a socket is read until its writer ends it.
struct StoppableInput: ~Copyable {
    let file: InputFile
    private let stop: StopRequests
    /// Whether all of it was read.
    private(set) var isAtEnd = false

    init(_ file: consuming InputFile, _ stop: StopRequests) {
        self.file = file
        self.stop = stop
    }

    /// The next bytes as soon as there are any; nil at the end, or once signals leave no time.
    mutating func read() throws(FileError) -> [UInt8]? {
        while true {
            stop.take()
            guard stop.phase != .over else { return nil }
            // Input that arrived before the deadline is read even if this call is late.
            let isLast = stop.phase.isOver(at: .now)
            switch try stop.waitForInput(file) {
            case .interruption: continue
            case .nothing where !isLast: continue
            case .nothing: stop.endAtDeadline()
            case .input:
                let bytes = try file.read()
                isAtEnd = bytes == nil
                if isLast && !isAtEnd { stop.endAtDeadline() }
                return bytes
            }
        }
    }
}

/// The signals that ask `append` to end, and how long it may still wait for its input and for its reader.
final class StopRequests {
    private let descriptor: Int32
    private let inputName: String
    private let hasWriter: Bool
    private let log: Log
    private(set) var phase = InputPhase.open

    /// The first signal requests a stop, the second stops at once, and a third ends the process.
    private static let signalCount: Int32 = 2
    /// How long `append` waits for its reader once it must not wait for input any more.
    private static let readerMilliseconds: Int32 = 1000

    /// Takes over the signals; `hasWriter` says whether the input ends when its writer does.
    init(inputName: String, hasWriter: Bool, _ log: Log) throws(FileError) {
        descriptor = try StopSignal.install(count: Self.signalCount)
        self.inputName = inputName
        self.hasWriter = hasWriter
        self.log = log
    }

    /// Whether the signals that have arrived leave no time to wait for anything.
    var isOverdue: Bool {
        take()
        return phase.isOver(at: .now)
    }

    /// Handles the signals that have arrived.
    func take() {
        while let signal = StopSignal.take(from: descriptor) {
            let before = phase
            phase.receive(signal, hasWriter: hasWriter, now: .now)
            guard before == .open, case .draining(let deadline) = phase else { continue }
            let limit = deadline.map { _ in ", for at most \(InputPhase.terminationSeconds) s" } ?? ""
            log.say(.info, "reading \(inputName) to its end\(limit); a second signal stops at once")
        }
    }

    /// Ends the reading, because the time after SIGTERM is over.
    func endAtDeadline() {
        phase = .over
        let seconds = InputPhase.terminationSeconds
        log.say(.warning, "stopped reading \(inputName), which did not end within \(seconds) s after SIGTERM")
    }

    /// Waits for input or its end, for as long as the signals allow.
    func waitForInput(_ file: borrowing InputFile) throws(FileError) -> InputFile.Arrival {
        try file.wait(orFor: descriptor, milliseconds: phase.millisecondsLeft(at: .now))
    }

    /// Waits until a descriptor accepts bytes; returns false if the signals leave no time for that.
    func waitForReader(of output: Int32) throws(FileError) -> Bool {
        while true {
            take()
            var files = [
                pollfd(fd: output, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            ]
            let left = phase.millisecondsLeft(at: .now)
            let ready = unsafe poll(&files, 2, left < 0 ? left : max(left, Self.readerMilliseconds))
            guard ready >= 0 || errno == EINTR else { throw .current("wait for the reader of", "stdout") }
            if ready > 0, files[0].revents != 0 { return true }
            if ready == 0 { return false }
        }
    }
}

/// How long `append` keeps reading after a signal.
///
/// A bot's Ctrl-C also reaches its co-process, and the bot sends its closing trades only afterwards. So the first
/// signal does not end a pipe: its writer does.
enum InputPhase: Equatable {
    /// No signal has arrived.
    case open
    /// A signal has arrived, and the input is read to its end, possibly with a deadline.
    case draining(deadline: ContinuousClock.Instant?)
    /// Nothing more is read.
    case over

    /// How long the input may take to end after SIGTERM.
    static let terminationSeconds = 5

    /// Handles a signal; `hasWriter` says whether the input ends when its writer does.
    mutating func receive(_ signal: StopSignal, hasWriter: Bool, now: ContinuousClock.Instant) {
        switch (self, signal) {
        case (.open, .interrupt) where hasWriter: self = .draining(deadline: nil)
        case (.open, .terminate) where hasWriter: self = .draining(deadline: now + .seconds(Self.terminationSeconds))
        case (.open, _), (.draining, _), (.over, _): self = .over
        }
    }

    /// Whether no time is left to wait.
    func isOver(at now: ContinuousClock.Instant) -> Bool { millisecondsLeft(at: now) == 0 }

    /// The timeout for poll(2): -1 for no limit.
    func millisecondsLeft(at now: ContinuousClock.Instant) -> Int32 {
        switch self {
        case .open, .draining(deadline: nil): -1
        case .draining(let deadline?): Self.milliseconds(max(.zero, deadline - now))
        case .over: 0
        }
    }

    /// Rounds up, so that a deadline has passed after the wait for it.
    private static func milliseconds(_ duration: Duration) -> Int32 {
        let (seconds, attoseconds) = duration.components
        return Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}

/// SIGINT and SIGTERM as a readable descriptor, so that a command stops between two steps and not within one.
enum StopSignal {
    /// SIGINT, which Ctrl-C sends to all processes in the foreground of a terminal.
    case interrupt
    /// SIGTERM, which service managers send.
    case terminate

    /// Takes over the first `count` signals and returns the descriptor; the next signal ends the process.
    static func install(count: Int32 = 1) throws(FileError) -> Int32 {
        let descriptor = ledger_stop_signals(count)
        guard descriptor >= 0 else { throw .current("take over", "SIGINT and SIGTERM") }
        return descriptor
    }

    /// The next signal that has arrived; nil if there is none.
    static func take(from descriptor: Int32) -> StopSignal? {
        var number: UInt8 = 0
        guard unsafe read(descriptor, &number, 1) == 1 else { return nil }
        return Int32(number) == SIGINT ? .interrupt : .terminate
    }
}
