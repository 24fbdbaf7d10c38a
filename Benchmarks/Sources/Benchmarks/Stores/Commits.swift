internal import Ledger
internal import TradeModel

extension Ledger {
    /// A new ledger in a directory, open for writing.
    static func new(
        in directory: String,
        _ configuration: LedgerConfiguration = LedgerConfiguration()
    ) throws -> Ledger {
        try create(in: directory, configuration: configuration)
        return try Ledger(opening: directory, configuration: configuration)
    }

    /// Appends one event and blocks until it is durable: in an async context, plain `append` would suspend.
    func appendBlocking(_ draft: EventDraft) throws { _ = try append(draft) }

    /// Appends an atomic batch, and blocks until it is durable.
    func appendBlocking(batch: [EventDraft]) throws { _ = try append(batch: batch) }

    /// Checks that this many events were appended, and none was a duplicate.
    func expect(eventCount: Int) throws { try expectLastSequence(durableSequence, eventCount) }
}

extension RecordStore {
    /// Appends records in commits of this size.
    func append(_ records: [StoredRecord], recordsPerCommit: Int) throws {
        for start in stride(from: 0, to: records.count, by: recordsPerCommit) {
            try append(records[start..<min(start + recordsPerCommit, records.count)])
        }
    }

    /// Checks that this many records were appended.
    func expect(eventCount: Int) throws { try expectLastSequence(lastSequence(), eventCount) }
}

private func expectLastSequence(_ last: UInt64, _ expected: Int) throws {
    guard last == UInt64(expected) else { throw Failure("the last sequence is \(last), not \(expected)") }
}
