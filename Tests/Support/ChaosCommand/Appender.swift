internal import Glibc
internal import LedgerTestSupport
internal import Synchronization

/// Appends generated events through the program, and resends unacknowledged events after the program was killed.
///
/// Each event has an id, so that the ledger recognises one that was already durable.
final class Appender: Sendable {
    private struct State {
        var acknowledgedCount: UInt64 = 0
        var isEnding = false
    }

    private let state = Mutex(State())
    private let process: SupervisedProcess
    private let name: String
    private let seed: UInt64
    private let promises: BrokenPromises

    /// The most events per second, to limit the disk space of a run.
    private static let eventCountPerSecond = 150
    private static let batchCounts: ClosedRange<UInt64> = 1...60

    init(_ name: String, directory: String, seed: UInt64, _ promises: BrokenPromises) {
        (self.name, self.seed, self.promises) = (name, seed, promises)
        process = SupervisedProcess(
            ChildProcess.builtProgram("tradeledger"),
            ["append"],
            environment: ["TRADELEDGER_DIR": directory]
        )
    }

    /// Events that were acknowledged.
    var acknowledgedCount: UInt64 { state.withLock { $0.acknowledgedCount } }

    /// Ends it once all sent events are acknowledged.
    func stop() {
        state.withLock { $0.isEnding = true }
    }

    func send(_ signal: Int32) { process.send(signal) }

    /// Works until it is stopped.
    func run() {
        var generator = EventGenerator(seed: seed)
        var random = SeededGenerator(seed: seed)
        var waiting: [String] = []
        var eventCount = 0
        do {
            var child = try process.start(.pipe)
            while !waiting.isEmpty || !state.withLock({ $0.isEnding }) {
                if waiting.isEmpty {
                    let count = Self.batchCounts.lowerBound + random.next(below: Self.batchCounts.upperBound)
                    waiting = (0..<count).map { _ in
                        eventCount += 1
                        return Self.identified(generator.nextLine(), eventCount)
                    }
                }
                if try append(&waiting, child) {
                    usleep(UInt32(random.next(below: 2 * UInt64(Self.pauseMicroseconds))))
                } else {
                    note(try process.end(child))
                    child = try process.start(.pipe)
                }
            }
            child.closeInput()
            if let ending = try process.end(child), ending != .exit(0) { note(ending) }
        } catch {
            promises.note("\(name): append: \(error)")
        }
    }

    private static let pauseMicroseconds =
        1_000_000 * Int(batchCounts.lowerBound + batchCounts.upperBound) / 2 / eventCountPerSecond

    private static func identified(_ line: String, _ number: Int) -> String {
        let digits = String(number)
        let padding = String(repeating: "0", count: 12 - digits.count)
        return line.dropLast() + #","event_id":"00000000-0000-4000-8000-\#(padding)\#(digits)"}"# + "\n"
    }

    /// Sends events and reads their acknowledgements; false if the process ended meanwhile.
    private func append(_ waiting: inout [String], _ child: ChildProcess) throws -> Bool {
        do { try child.write(waiting.joined()) } catch let failure as SystemFailure where failure.number == EPIPE {
            return false
        }
        while let line = waiting.first {
            guard let answer = try child.readLine() else { return false }
            guard [#""status":"appended""#, #""status":"duplicate""#].contains(where: answer.contains) else {
                promises.note("\(name): an event was not taken: \(answer) \(line)")
                return false
            }
            waiting.removeFirst()
            state.withLock { $0.acknowledgedCount += 1 }
        }
        return true
    }

    private func note(_ ending: ChildProcess.Ending?) {
        if let ending { promises.note("\(name): append ended by itself with \(ending)") }
    }
}
