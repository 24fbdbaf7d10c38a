internal import Glibc
internal import LedgerTestSupport
internal import Synchronization

/// The program's `replicate` for one ledger, restarted whenever it ends, as a service manager does.
final class KeptReplicator: Sendable {
    private struct State {
        var startCount = 0
        var isEnding = false
        /// Its last message.
        var messages: [String] = []
    }

    private let state = Mutex(State())
    private let process: SupervisedProcess
    private let name: String
    private let promises: BrokenPromises

    private static let messageCountMax = 20
    /// It refuses to start on a database without its schema, which the run drops now and then.
    private static let configurationStatus: Int32 = 78

    init(_ name: String, directory: String, url: String, _ promises: BrokenPromises) {
        (self.name, self.promises) = (name, promises)
        process = SupervisedProcess(
            "/bin/sh",
            ["-c", #"exec "$0" replicate 2>&1"#, ChildProcess.builtProgram("tradeledger")],
            environment: ["TRADELEDGER_DIR": directory, "DATABASE_URL": url]
        )
    }

    var startCount: Int { state.withLock { $0.startCount } }
    var messages: [String] { state.withLock { $0.messages } }

    /// Stops it, as an operator does.
    func stop() {
        state.withLock { $0.isEnding = true }
        process.send(SIGTERM)
    }

    func send(_ signal: Int32) { process.send(signal) }

    /// Works until it is stopped.
    func run() {
        do {
            while !state.withLock({ $0.isEnding }) {
                let child = try process.start(.bytes([]))
                state.withLock { $0.startCount += 1 }
                if state.withLock({ $0.isEnding }) { process.send(SIGTERM) }
                while let message = try child.readLine(withinSeconds: .max / 1000) { keep(message) }
                let ending = try process.end(child)
                if let ending, ending != .exit(Self.configurationStatus) {
                    promises.note("\(name): replicate ended by itself with \(ending): \(messages)")
                }
                usleep(50_000)
            }
        } catch {
            promises.note("\(name): replicate: \(error)")
        }
    }

    private func keep(_ message: String) {
        state.withLock { state in
            if state.messages.count == Self.messageCountMax { state.messages.removeFirst() }
            state.messages.append(message)
        }
    }
}
