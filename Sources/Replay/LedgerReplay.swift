public import Ledger
internal import Synchronization
internal import TradeModel

/// Replays a ledger into an empty directory: the same ledger as of a moment.
///
/// The events keep their bytes: ids, sequences, times of recording. Nothing else goes in, not even the current time, so
/// the same history always gives the same files.
public struct LedgerReplay {
    private let reader: LedgerReader

    /// A replay of the ledger.
    public init(_ reader: LedgerReader) {
        self.reader = reader
    }

    /// Turns the directory, which exists and is empty, into a ledger; `onEvent` receives each sequence, for progress.
    ///
    /// After a crash the directory cannot be opened as a ledger, and the next replay or restore continues in it.
    /// O(events), and memory for one frame.
    ///
    /// Throws `invalidRequest` where the directory is not empty, `damaged` with file and offset where an event cannot
    /// be read, and faults of the file system.
    public func run(
        asOf moment: Moment,
        to directory: String,
        configuration: LedgerConfiguration = LedgerConfiguration(),
        onEvent: (UInt64) -> Void = { _ in }
    ) throws(LedgerError) -> RestoreReport {
        let last = try moment.lastSequence(reader)
        let time = HistoricalTime(try reader.log.createdAt())
        var rebuild = try LogRebuild(
            into: PosixStorage(directory: directory),
            ledgerID: reader.ledgerID,
            configuration: configuration,
            clock: time.clock
        )
        var cursor = reader.log.cursor(from: 1)
        while let event = try cursor.next(upTo: last) {
            time.advance(to: event.recordedAt)
            try rebuild.append(event)
            onEvent(event.sequence)
        }
        let report = RestoreReport(ledgerID: reader.ledgerID, sequence: last, root: try rebuild.root)
        try rebuild.finish()
        return report
    }
}

/// The time at which the event that is replayed was recorded: what the files say of when they were made.
private final class HistoricalTime: Sendable {
    private let microseconds: Atomic<Int64>

    init(_ start: Timestamp) {
        microseconds = Atomic(start.microsecondsSince1970)
    }

    func advance(to time: Timestamp) {
        microseconds.store(time.microsecondsSince1970, ordering: .relaxed)
    }

    var clock: LedgerClock {
        LedgerClock(
            now: { Timestamp(microsecondsSince1970: self.microseconds.load(ordering: .relaxed)) },
            random: { preconditionFailure("events that are replayed have their ids") }
        )
    }
}
