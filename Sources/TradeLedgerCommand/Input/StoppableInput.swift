internal import Glibc

/// The input of `append`, which SIGINT and SIGTERM end.
///
/// A file or a terminal ends at the first signal. A pipe or a socket is read on until its writer ends it.
struct StoppableInput: ~Copyable {
    private let file: InputFile
    private let stop: Int32
    private let log: Log
    private var phase = InputPhase.open
    /// Whether all of it was read.
    private(set) var isAtEnd = false

    /// The signal that asks for the end, and the one that ends at once; a third one ends the process.
    private static let signalCount: Int32 = 2

    /// Takes over the signals.
    init(_ file: consuming InputFile, _ log: Log) throws(FileError) {
        stop = try StopSignal.install(count: Self.signalCount)
        self.file = file
        self.log = log
    }

    var name: String { file.name }

    /// How many bytes it has, 0 where it is a pipe or a terminal.
    var byteCount: Int { file.byteCount }

    /// Whether there is something to read, or the end, without waiting for it.
    var isReadable: Bool { file.isReadable }

    /// What is there, as soon as there is something; nil at the end, or once signals leave no time for it.
    mutating func read() throws(FileError) -> [UInt8]? {
        while true {
            takeSignals()
            guard phase != .over else { return nil }
            // What came until the deadline is read too, however late this is.
            let isLast = phase.isOver(at: .now)
            switch try file.wait(orFor: stop, milliseconds: phase.millisecondsLeft(at: .now)) {
            case .interruption: continue
            case .nothing where !isLast: continue
            case .nothing: endAtDeadline()
            case .input:
                let bytes = try file.read()
                isAtEnd = bytes == nil
                if isLast && !isAtEnd { endAtDeadline() }
                return bytes
            }
        }
    }

    /// Whether the signals that have come leave no time to wait for anything else either.
    mutating func isOverdue() -> Bool {
        takeSignals()
        return phase.isOver(at: .now)
    }

    private mutating func takeSignals() {
        while let signal = StopSignal.take(from: stop) {
            let before = phase
            phase.receive(signal, hasWriter: file.hasWriter, now: .now)
            guard before == .open, case .draining(let deadline) = phase else { continue }
            let limit = deadline.map { _ in ", for \(InputPhase.terminationSeconds) s at most" } ?? ""
            log.say(.info, "\(name) is read on to its end\(limit); a second signal ends at once")
        }
    }

    private mutating func endAtDeadline() {
        phase = .over
        let seconds = InputPhase.terminationSeconds
        log.say(.warning, "\(name) did not end within \(seconds) s after SIGTERM: no more of it is read")
    }
}
