package import Ledger
internal import Replay
package import Replication
internal import TradeModel

/// The state of a ledger, of its replicator and of its database.
package struct StatusReport {
    /// The ledger, its log, and whether all is well.
    package let ledger: Record
    /// The sections that may be missing, by name.
    package let parts: [(name: String, record: Record?)]
    /// What is wrong.
    package let warnings: [String]

    /// The state of a ledger now, and of a database where one is given.
    ///
    /// O(rejected events, and events after the newest snapshot). Throws errors of the log; what the database answers
    /// is a part of the report.
    package init(_ reader: LedgerReader, _ address: DatabaseAddress?) throws {
        let status = try LedgerStatus(reader)
        let log = try status.log()
        let database = try address.map { try status.database($0) }
        let replicator = try status.replicator()
        warnings = [log, database, replicator].flatMap { $0?.warnings ?? [] }
        let head: Record = [
            ("ledger_id", .text(reader.ledgerID.description)), ("name", Cell(try reader.name()?.description)),
            ("directory", .text(reader.log.storage.directory)),
        ]
        ledger =
            head + log.record + [("health", .text(warnings.isEmpty ? "ok" : warnings.joined(separator: "; ")))]
        parts = [("database", database?.record), ("replicator", replicator?.record)]
    }

    /// The whole report; a section is an object, or null.
    package var record: Record { ledger + parts.map { ($0.name, $0.record.map { .json($0.json) } ?? .null) } }
}

/// Reads the sections of `status`.
private struct LedgerStatus {
    typealias Section = (record: Record, warnings: [String])

    let reader: LedgerReader
    private let lastSequence: UInt64

    init(_ reader: LedgerReader) throws(LedgerError) {
        self.reader = reader
        lastSequence = try reader.durableSequence()
    }

    /// The section about the log, which comes first.
    func log() throws -> Section {
        var rejectedCount: UInt64 = 0
        try reader.rejectedEvents { _ in rejectedCount += 1 }
        let lastRecordedAt = try recordedAt(lastSequence)
        let requests = try RequestCounts(reader.log.storage)
        let record: Record = [
            ("last_sequence", Cell(lastSequence)), ("durable_sequence", Cell(lastSequence)),
            ("events", Cell(lastSequence)), ("rejected", Cell(rejectedCount)),
            ("segments", Cell(try reader.segmentCount())),
            ("sealed_segments", Cell(try reader.sealedSegmentCount())),
            ("maintenance_lag_events", Cell(try reader.log.maintenanceLag())), ("bytes", Cell(try reader.byteCount())),
            ("open_trades", Cell(try TradeReplay(reader).openTradeCount())),
            ("last_recorded_at", Cell(lastRecordedAt)), ("writer", Cell(try reader.writer())),
            ("waiting_requests", Cell(requests.waiting)), ("malformed_requests", Cell(requests.malformed)),
        ]
        var warnings: [String] = []
        if let problem = try reader.log.copyProblem() { warnings.append(problem) }
        if let marker = try reader.log.databaseAheadMarker() {
            warnings.append("THE LEDGER ACCEPTS NO EVENTS: \(marker.message)")
        }
        if requests.malformed > 0 {
            warnings.append(
                "\(counted(requests.malformed, "file")) in \(reader.log.storage.directory)/\(RequestFile.folder) "
                    + "could not be used as a request; remove what is named .malformed once you know where it came from"
            )
        }
        if try !reader.log.hasReserve() && !reader.log.isBackup() {
            warnings.append(
                "there is no next segment, so new risk, flows and prices are refused until the disk has space for it"
            )
        }
        let now = LedgerClock.system.now()
        if let lastRecordedAt, now < lastRecordedAt {
            warnings.append(
                "the system clock says \(now), before the last event (\(lastRecordedAt)); until it is right, the "
                    + "ledger records new events at the time of that event"
            )
        }
        return (record, warnings)
    }

    /// The section about the database, which asks the database.
    func database(_ address: DatabaseAddress) throws -> Section {
        do throws(ReplicationError) {
            let position = try DatabasePosition.read(address, reader.ledgerID)
            let replicated = position.replicatedSequence ?? 0
            let lag: Record
            do throws(LedgerError) { lag = try self.lag(at: replicated) } catch { throw .ledger(error) }
            let divergence = try DivergenceReport(reader, address).problem()
            let record =
                [("reachable", .bool(true)), ("replicated_sequence", Cell(replicated))] + lag + [
                    ("timescaledb", .bool(position.timescaleDBVersion != nil)),
                    ("timescaledb_version", Cell(position.timescaleDBVersion)),
                ]
            let plain = "the database has no TimescaleDB, so it uses plain tables"
            let warnings = (position.timescaleDBVersion == nil ? [plain] : []) + position.shortfalls
            return (record, warnings + (divergence.map { [$0] } ?? []))
        } catch {
            let unknown = ["replicated_sequence", "lag_events", "lag_seconds", "timescaledb", "timescaledb_version"]
            return ([("reachable", .bool(false))] + unknown.map { ($0, .null) }, [error.description])
        }
    }

    /// The section about the replicator, from the files in the ledger's directory; nil if none has ever run.
    func replicator() throws(LedgerError) -> Section? {
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
        // A replicator that has not reached the database yet continues from the position of the previous one.
        let replicated = note.flatMap { watermark ?? $0.replicatedSequence }
        let lag = try replicated.map { sequence throws(LedgerError) in try self.lag(at: sequence) }
        let hasEnded = !isRunning && note?.state != .stopped && note?.state != .failed
        let record =
            [
                ("running", .bool(isRunning)), ("pid", Cell(pid)),
                ("state", hasEnded ? .text("not running") : Cell(note?.state.rawValue)), ("since", Cell(note?.since)),
                ("database", Cell(note?.endpoint)), ("error", Cell(note?.error)),
                ("attempts", Cell(note?.attemptCount)), ("replicated_sequence", Cell(replicated)),
            ] + (lag ?? [("lag_events", .null), ("lag_seconds", .null)])
        return (record, note.flatMap { Self.warning($0, isRunning: isRunning) }.map { [$0] } ?? [])
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

    /// The lag of a replica that has the events up to a sequence: in events, and in seconds since its first missing
    /// event was recorded.
    private func lag(at sequence: UInt64) throws(LedgerError) -> Record {
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

    /// When an event was recorded; nil for sequence 0.
    private func recordedAt(_ sequence: UInt64) throws(LedgerError) -> Timestamp? {
        guard sequence > 0 else { return nil }
        var events = try reader.events(from: sequence, to: sequence)
        return try events.next()?.recordedAt
    }
}
