internal import LedgerTestSupport

/// Damages one file of a ledger or of its backup, and runs readers, the audit and a writer that retries.
///
/// Afterwards every acknowledged event is returned exactly, or the command that needs it names the damaged file; and
/// the audit finds every change of a log file.
struct FlipsAttack {
    private let corruption: FileCorruption
    private let isOfBackup: Bool
    private let retried: SeededGenerator

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        isOfBackup = random.next(below: 6) == 0
        corruption = FileCorruption(&random)
        retried = random
    }

    func run(_ rig: Rig) throws -> Int {
        let whole = try rig.damageableLedger()
        let ledger = try whole.copy()
        let folder = isOfBackup ? ledger.directory.path + "/backup" : ledger.path
        guard let done = try corruption.corrupt(folder) else { return 0 }
        do {
            if isOfBackup {
                try attackBackup(whole, ledger, done)
            } else {
                try attackLedger(whole, ledger, done)
            }
        } catch let broken as BrokenPromise {
            throw BrokenPromise("\(done.description): \(broken)")
        }
        return 1
    }

    private func attackBackup(_ whole: DamageableLedger, _ ledger: AttackedLedger, _ done: FileCorruption.Done) throws {
        let directory = ledger.directory
        let backup = AttackedLedger(at: directory.path + "/backup", within: directory)
        let audit = try backup.run(["verify", "--local"])
        try promise(!done.isOfLog || audit.ending != .exit(0), "`verify` does not find it")
        try check(["events"], of: backup, gives: whole.events)
        // A run does not read again what an earlier run copied.
        try ledger.run(["backup", backup.path])
        let restored = AttackedLedger(at: directory.path + "/restored", within: directory)
        let outcome = try restored.run(["restore", backup.path])
        try checkRefusal(outcome, ["restore"])
        guard outcome.ending == .exit(0) else { return }
        try check(["events"], of: restored, gives: whole.events)
        // Damage that loses no event is copied with the rest, to be repaired.
        guard try restored.run(["verify", "--local"]).ending != .exit(0) else { return }
        try restored.succeed(["repair", "--mend"])
        try restored.succeed(["verify", "--local"])
        try check(["events"], of: restored, gives: whole.events)
    }

    private func attackLedger(_ whole: DamageableLedger, _ ledger: AttackedLedger, _ done: FileCorruption.Done) throws {
        try checkReaders(whole, ledger, done)
        let audit = try ledger.run(["verify", "--local"])
        try promise(!done.isOfLog || audit.ending != .exit(0), "`verify` does not find it")
        try checkRefusal(audit, ["verify", "--local"])
        try checkProofs(ledger)
        try retry(whole, ledger)
        _ = try ledger.run(["repair"])
        _ = try ledger.run(["repair", "--mend"])
        // The retries may have added one event.
        try check(["events"], of: ledger, beginsWith: whole.events)
        _ = try ledger.run(["verify", "--local"])
    }

    private func checkReaders(_ whole: DamageableLedger, _ ledger: AttackedLedger, _ done: FileCorruption.Done) throws {
        try check(["events"], of: ledger, gives: whole.events)
        let rejected = done.cutsRejections ? try ledger.run(["rejected"]).output : whole.rejected
        try promise(whole.rejected.starts(with: rejected), "rejected events are others")
        try check(["rejected"], of: ledger, gives: rejected)
        try check(["trades"], of: ledger, gives: whole.trades)
        for arguments in [["status"], ["trade", "trade-7"], ["replay", "--until-sequence", "500"]] {
            try checkRefusal(try ledger.run(arguments), arguments)
        }
    }

    /// A printed checkpoint or proof is one that the ledger's own key signed.
    private func checkProofs(_ ledger: AttackedLedger) throws {
        let key = ledger.directory.path + "/kept.pub"
        let checkpoint = try ledger.run(["checkpoint", "--publish", ledger.directory.path + "/new.checkpoint"])
        try checkRefusal(checkpoint, ["checkpoint"])
        if checkpoint.ending == .exit(0) {
            let arguments = ["verify", "--local", "--against", ledger.directory.path + "/new.checkpoint", "--key", key]
            let audit = try ledger.run(arguments)
            try promise(!audit.stderr.contains("signature"), "it signs a checkpoint with another key: \(audit.stderr)")
        }
        let proof = try ledger.run(["prove", "trade-7"])
        try checkRefusal(proof, ["prove"])
        if proof.ending == .exit(0) {
            let outcome = try ledger.shell(
                #""$T" prove trade-7 >"$D/proof" && "$T" verify-proof "$D/proof" --key "$D/kept.pub""#
            )
            try promise(outcome.ending == .exit(0), "a proof does not hold: \(outcome.stderr)")
        }
    }

    /// A producer that lost its acknowledgements resends some events, and sends a new one.
    private func retry(_ whole: DamageableLedger, _ ledger: AttackedLedger) throws {
        var random = retried
        let count = UInt64(whole.lines.count)
        let indexes = (0..<40).map { _ in Int(random.next(below: count)) } + [whole.lines.count - 1]
        let new = #"{"type":"trade.annotated","trade_id":"trade-1","occurred_at":1800000000000,"reason":"after"}"#
        let input = Lines.input(indexes.map { whole.lines[$0] } + [new])
        let outcome = try ledger.run(["append"], input: input)
        try checkRefusal(outcome, ["append"])
        for (index, line) in zip(indexes, outcome.lines) {
            let answer = try StrictJSON.value(of: Array(line.utf8))
            let isOnRecord =
                answer["status"]?.text == "duplicate" && answer["sequence"]?.integer == Int64(index + 1)
            try promise(isOnRecord, "event \(index + 1) was acknowledged, and sending it again brings \(line)")
        }
        guard outcome.ending == .exit(0) else { return }
        try promise(outcome.lines.count == indexes.count + 1, "`append` gives \(outcome.lines.count) answers")
        try check(["events"], of: ledger, beginsWith: whole.events)
    }

    /// A command that ends with 0 prints exactly this.
    private func check(_ arguments: [String], of ledger: AttackedLedger, gives expected: [UInt8]) throws {
        let outcome = try ledger.run(arguments)
        try checkRefusal(outcome, arguments)
        let isWhole = outcome.ending == .exit(0)
        try promise(
            isWhole ? outcome.output == expected : expected.starts(with: outcome.output),
            "\(AttackedLedger.text(arguments)) ends with \(outcome.ending) and prints something else: "
                + "\(outcome.output.count) bytes instead of \(expected.count)"
        )
    }

    /// A command that ends with 0 prints at least this.
    private func check(_ arguments: [String], of ledger: AttackedLedger, beginsWith expected: [UInt8]) throws {
        let outcome = try ledger.run(arguments)
        try checkRefusal(outcome, arguments)
        guard outcome.ending == .exit(0) else { return }
        try promise(outcome.output.starts(with: expected), "acknowledged events are gone or others")
    }

    /// A command that refuses says why.
    private func checkRefusal(_ outcome: ChildProcess.Outcome, _ arguments: [String]) throws {
        try promise(
            outcome.ending == .exit(0) || !outcome.stderr.isEmpty,
            "\(AttackedLedger.text(arguments)) ends with \(outcome.ending) and says nothing"
        )
    }
}
