internal import Ledger
internal import Replication

/// The replicator section of `status`, read from the files in the ledger's directory without a database.
struct ReplicatorStatus {
    let record: Record
    let warnings: [String]

    /// Nil where none has ever run.
    init?(_ ledger: LedgerStatus) throws(LedgerError) {
        let reader = ledger.reader
        let holder = try ReplicatorLock.holder(reader)
        let found = try ReplicatorNote.read(reader)
        var pid: Int32?
        if case .process(let number) = holder { pid = number }
        let isRunning = holder != .nobody
        guard isRunning || found != nil else { return nil }
        // A replicator that has just started may not have replaced the file of the previous one yet.
        let note = isRunning && found?.pid != pid ? nil : found
        // The status file is written when the state changes, the watermark after each batch.
        let watermark = try ReplicatedWatermark.published(reader.log.storage)
        // A replicator that has not reached the database yet goes on from where the one before it got.
        let replicated = note.flatMap { watermark ?? $0.replicatedSequence }
        let lag = try replicated.map { sequence throws(LedgerError) in try ledger.lag(at: sequence) }
        let hasEnded = !isRunning && note?.state != .stopped && note?.state != .failed
        record =
            [
                ("running", .bool(isRunning)), ("pid", pid.map { .integer(Int64($0)) } ?? .null),
                ("state", hasEnded ? .text("not running") : Cell(note?.state.rawValue)), ("since", Cell(note?.since)),
                ("database", Cell(note?.endpoint)), ("error", Cell(note?.error)),
                ("attempts", note.map { .integer(Int64($0.attemptCount)) } ?? .null),
                ("replicated_sequence", replicated.map { Cell($0) } ?? .null),
            ] + (lag ?? [("lag_events", .null), ("lag_seconds", .null)])
        warnings = note.flatMap { Self.warning($0, isRunning: isRunning) }.map { [$0] } ?? []
    }

    private static func warning(_ note: ReplicatorNote, isRunning: Bool) -> String? {
        switch note.state {
        case .stopped: nil
        case .failed: "the replicator ended at \(note.since): \(note.error ?? "an error")"
        case _ where !isRunning:
            "the replicator is not running: process \(note.pid) was killed, or its machine went down"
        case .waiting, .refused: "the replicator has been \(note.state) since \(note.since): \(note.error ?? "")"
        case .connecting, .shipping, .caughtUp: nil
        }
    }
}
