internal import Glibc
internal import LedgerTestSupport

/// Makes file calls of `append` fail and kills it, while a producer resends unacknowledged events.
///
/// Every acknowledged event is in the log at its sequence, once.
struct FaultsAttack {
    /// What happens to one process.
    private struct Episode {
        let files: String
        let call: String
        let effect: String
        let byteCount: UInt64
        let count: UInt64
        /// The fault begins after this number of acknowledgements.
        let faultAfter: UInt64
        /// The process is killed after this number of acknowledgements; nil if it is not.
        let killAfter: UInt64?

        private static let patterns = ["*/ledger/*", "*/ledger/0*", "*/ledger/durable", "*/ledger/rejected.log"]
        private static let calls = ["pwrite", "pread", "fdatasync", "fsync"]

        init(_ random: inout SeededGenerator) {
            files = Self.patterns[Int(random.next(below: 4))]
            call = Self.calls[Int(random.next(below: 4))]
            let effects = ["EIO", "ENOSPC", "EINTR"] + (call == "pwrite" ? ["short"] : [])
            effect = effects[Int(random.next(below: UInt64(effects.count)))]
            byteCount = 1 + random.next(below: 5000)
            count = 1 + random.next(below: 4)
            faultAfter = random.next(below: 40)
            killAfter = random.next(below: 2) == 0 ? random.next(below: 40) : nil
        }

        func environment(_ ledger: AttackedLedger) -> [String: String] {
            let folder = AttackedLedger.program.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
            return [
                "LD_PRELOAD": folder + "/libCFaultInjection.so", "FAULT_FILES": files, "FAULT_CALL": call,
                "FAULT_EFFECT": effect, "FAULT_BYTES": String(byteCount), "FAULT_COUNT": String(count),
                "FAULT_SWITCH": switchPath(ledger),
            ]
        }

        func switchPath(_ ledger: AttackedLedger) -> String { ledger.directory.path + "/switch" }
    }

    private let episodes: [Episode]
    private let lines: [String]

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        episodes = (0..<(3 + random.next(below: 5))).map { _ in Episode(&random) }
        lines = Lines.identified(300, seed: seed)
    }

    func run() throws -> Int {
        let ledger = try AttackedLedger()
        /// The sequence of each acknowledged line, in order without a gap.
        var sequences: [Int64] = []
        for (number, episode) in episodes.enumerated() {
            do { try run(episode, ledger, &sequences) } catch let broken as BrokenPromise {
                throw BrokenPromise("episode \(number + 1), \(episode): \(broken)")
            }
        }
        try check(ledger, sequences)
        return episodes.count
    }

    private func run(_ episode: Episode, _ ledger: AttackedLedger, _ sequences: inout [Int64]) throws {
        unsafe unlink(episode.switchPath(ledger))
        let process = try ledger.start(["append"], environment: episode.environment(ledger))
        let batch = Array(lines.dropFirst(sequences.count).prefix(60))
        var isKilled = false
        var answerCount: UInt64 = 0
        do {
            var sent = 0
            while answerCount < batch.count {
                if answerCount == episode.faultAfter { try touch(episode.switchPath(ledger)) }
                if answerCount == episode.killAfter {
                    try process.send(SIGKILL)
                    isKilled = true
                }
                // Some alone, some together; but if the disk may be full, events after a refused one wait.
                if sent == answerCount {
                    let isAlone = episode.effect == "ENOSPC" || !sent.isMultiple(of: 3)
                    let next = batch[sent...].prefix(isAlone ? 1 : 7)
                    try process.write(next.map { $0 + "\n" }.joined())
                    sent += next.count
                }
                guard let answer = try process.readLine() else { break }
                guard let sequence = try Self.sequence(answer) else { break }
                sequences.append(sequence)
                answerCount += 1
            }
        } catch let failure as SystemFailure where failure.number == EPIPE {
            // It has ended, and its status says why.
        }
        let outcome = try process.finish()
        if isKilled && outcome.ending == .signal(SIGKILL) { return }
        try ledger.checkEnding(outcome, ["append"])
    }

    /// The sequence of an acknowledgement; nil if the disk was full.
    private static func sequence(_ answer: String) throws -> Int64? {
        let value = try StrictJSON.value(of: Array(answer.utf8))
        if value["code"]?.text == "disk_full" { return nil }
        guard let sequence = value["sequence"]?.integer else {
            throw BrokenPromise("an event was not taken: \(answer)")
        }
        return sequence
    }

    private func touch(_ path: String) throws {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemFailure(operation: "make \(path)", number: errno) }
        close(descriptor)
    }

    /// Every acknowledged event is there, once, and the ledger accepts new ones.
    private func check(_ ledger: AttackedLedger, _ sequences: [Int64]) throws {
        try promise(sequences == sequences.indices.map { Int64($0 + 1) }, "the sequences are \(sequences)")
        let recovered = try ledger.succeed(["events"]).lines
        try promise(recovered.count >= sequences.count, "\(sequences.count - recovered.count) acknowledged are gone")
        let rest = try ledger.succeed(["append"], input: Lines.input(lines))
        try promise(rest.lines.count == lines.count, "`append` gives \(rest.lines.count) answers")
        for (index, answer) in rest.lines.enumerated() {
            let value = try StrictJSON.value(of: Array(answer.utf8))
            let status = index < recovered.count ? "duplicate" : "appended"
            try promise(
                value["status"]?.text == status && value["sequence"]?.integer == Int64(index + 1),
                "line \(index + 1) is to be \(status): \(answer)"
            )
        }
        let events = try ledger.succeed(["events"]).lines
        try promise(events.count == lines.count, "\(lines.count) events were sent, and there are \(events.count)")
        for (line, event) in zip(lines, events) {
            let id = try StrictJSON.value(of: Array(event.utf8))["event_id"]?.text ?? ""
            try promise(line.contains(id), "there is another event: \(event)")
        }
        try ledger.succeed(["verify", "--local"])
    }
}
