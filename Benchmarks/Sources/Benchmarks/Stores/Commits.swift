internal import Ledger
internal import TradeModel

extension Ledger {
    /// A new ledger in a directory, open for writing.
    static func new(in directory: String) throws -> Ledger {
        try create(in: directory)
        return try Ledger(opening: directory)
    }

    /// Appends one event and blocks until it is durable: where there is a choice, as in a turn, `append` would suspend.
    func appendBlocking(_ draft: EventDraft) throws { _ = try append(draft) }

    /// Appends events that stand or fall together, and blocks until they are durable.
    func appendBlocking(batch: [EventDraft]) throws { _ = try append(batch: batch) }

    /// Shows that so many events were appended, and not found to be on record already.
    func expect(eventCount: Int) throws { try expectLastSequence(durableSequence, eventCount) }
}

extension RecordStore {
    /// Appends records in commits of so many.
    func append(_ records: [StoredRecord], recordsPerCommit: Int) throws {
        for start in stride(from: 0, to: records.count, by: recordsPerCommit) {
            try append(records[start..<min(start + recordsPerCommit, records.count)])
        }
    }

    /// Shows that so many records were appended.
    func expect(eventCount: Int) throws { try expectLastSequence(lastSequence(), eventCount) }
}

private func expectLastSequence(_ last: UInt64, _ expected: Int) throws {
    guard last == UInt64(expected) else { throw Failure("the last sequence is \(last), not \(expected)") }
}
