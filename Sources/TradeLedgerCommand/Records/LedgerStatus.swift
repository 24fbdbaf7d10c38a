internal import Ledger
internal import Replay
internal import TradeModel

/// The log section of `status`.
struct LedgerStatus {
    let ledgerID: EventID
    let lastSequence: UInt64
    private let rejectedCount: UInt64
    private let segmentCount: Int
    private let sealedSegmentCount: Int
    private let byteCount: Int
    private let openTradeCount: Int
    private let writer: Int32?
    private let hasReserve: Bool
    private let copyProblem: String?
    /// Set if the database holds events that the log does not.
    private let aheadMarker: DatabaseAheadMarker?
    private var lastRecordedAt: Timestamp?
    /// The ledger, for other sections.
    let reader: LedgerReader

    init(_ reader: LedgerReader) throws {
        self.reader = reader
        ledgerID = reader.ledgerID
        lastSequence = try reader.durableSequence()
        var rejected: UInt64 = 0
        try reader.rejectedEvents { _ in rejected += 1 }
        rejectedCount = rejected
        segmentCount = try reader.segmentCount()
        sealedSegmentCount = try reader.sealedSegmentCount()
        byteCount = try reader.byteCount()
        writer = try reader.writer()
        hasReserve = try reader.log.hasReserve() || reader.log.isBackup()
        copyProblem = try reader.log.copyProblem()
        aheadMarker = try reader.log.databaseAheadMarker()
        openTradeCount = try TradeReplay(reader).openTradeCount()
        lastRecordedAt = try recordedAt(lastSequence)
    }

    /// The part that comes first.
    var record: Record {
        [
            ("last_sequence", Cell(lastSequence)), ("durable_sequence", Cell(lastSequence)),
            ("events", Cell(lastSequence)), ("rejected", Cell(rejectedCount)),
            ("segments", .integer(Int64(segmentCount))), ("sealed_segments", .integer(Int64(sealedSegmentCount))),
            ("bytes", .integer(Int64(byteCount))), ("open_trades", .integer(Int64(openTradeCount))),
            ("last_recorded_at", Cell(lastRecordedAt)), ("writer", writer.map { .integer(Int64($0)) } ?? .null),
        ]
    }

    func warnings(now: Timestamp) -> [String] {
        var warnings = copyProblem.map { [$0] } ?? []
        if let aheadMarker { warnings.append("NO EVENT IS TAKEN: \(aheadMarker.message)") }
        if !hasReserve {
            warnings.append("there is no next segment; opens and increases are refused while there is no space for one")
        }
        if let lastRecordedAt, now < lastRecordedAt {
            warnings.append(
                "the system clock (\(now)) is behind the last event (\(lastRecordedAt)); new events take that event's "
                    + "time"
            )
        }
        return warnings
    }

    /// The lag of a replica that has the events up to a sequence: in events, and in seconds since its first missing
    /// event was recorded.
    func lag(at sequence: UInt64) throws(LedgerError) -> Record {
        let events = Int64(clamping: lastSequence) - Int64(clamping: sequence)
        var seconds = Decimal.zero
        do {
            if events > 0, let waiting = try recordedAt(sequence + 1) {
                let microseconds = LedgerClock.system.now().microsecondsSince1970 - waiting.microsecondsSince1970
                seconds = try Decimal(coefficient: Int128(max(0, microseconds)), scale: 6)
            }
        } catch let error as LedgerError {
            throw error
        } catch {
            preconditionFailure("seconds fit a decimal: \(error)")
        }
        return [("lag_events", .integer(events)), ("lag_seconds", .json(Array(seconds.description.utf8)))]
    }

    /// When the ledger took an event; nil for sequence 0.
    func recordedAt(_ sequence: UInt64) throws -> Timestamp? {
        guard sequence > 0 else { return nil }
        var stream = try reader.events(from: sequence, to: sequence)
        return try stream.next()?.recordedAt
    }
}
