package import TradeModel

/// Recomputes everything that follows from the bytes of a log: several threads check, and the calling one folds.
///
/// It reads the log once and relies on nothing that it has not checked. It finds the events of closed trades through
/// the index runs and checks these too; if anything is wrong, the caller reads the log again without them. It applies
/// every rule that admission applies.
package struct HistoryAudit: ~Copyable {
    /// How the events of a trade that is not open are found.
    package enum Footing {
        /// The ledger's index runs: 3 bytes an event in memory.
        ///
        /// The runs are checked too, so an audit that finds nothing wrong is complete.
        case identityRuns
        /// The segments alone: 19 bytes an event in memory, and 16 more for an id that is stored.
        case segments
    }

    /// The result of reading the log.
    package let log: LogAudit
    /// The first event that was recorded before the one before it.
    package let clockProblem: String?
    /// How many trades are open after the last event.
    package let openTradeCount: Int
    /// Events that were skipped because they depend on lost events.
    package let leftOutCount: UInt64
    /// The Merkle tree over all events.
    package let tree: LogTree<PosixStorage>
    /// The result of checking the files kept beside the log.
    package let derived: DerivedAudit<PosixStorage>

    /// Reads a log, whose events so many threads check; `visit` gets each event, in order.
    ///
    /// Throws `damaged` if acknowledged data is not intact or breaks a rule, and `unusable` if an index run that it
    /// relies on is damaged. O(events).
    package init(
        of reader: LogReader<PosixStorage>,
        on footing: Footing,
        threadCount: Int,
        _ visit: (Event) -> Void
    ) throws(LedgerError) {
        var tree = LogTree(recomputing: reader.storage)
        var derived = try DerivedAudit(reader)
        var folding: TradeFolding<PosixStorage> =
            switch footing {
            case .identityRuns: TradeFolding(reader.storage, of: reader.ledgerID, derived.runSet)
            case .segments: TradeFolding(recomputing: reader.storage, of: reader.ledgerID)
            }
        let durable = try reader.durableSequence()
        var screen = IdentityScreen(eventCount: durable)
        let checking = EventChecking(of: reader, upTo: durable, threadCount: threadCount)
        defer { checking.end() }
        var lastRecordedAt = Timestamp(microsecondsSince1970: 0)
        var clockProblem: String?
        while var part = checking.next() {
            for frame in part.frames { folding.note(frame) }
            tree.append(part.leaves)
            screen.screen(&part.events)
            for index in part.events.indices {
                let event = part.events[index].event
                let identity = part.events[index].identity
                if event.recordedAt < lastRecordedAt && clockProblem == nil {
                    clockProblem = "event \(event.sequence) was recorded before the one before it"
                }
                lastRecordedAt = event.recordedAt
                let isOnRecord = try folding.audit(event, identity)
                try derived.note(event, identity, isOnRecord: isOnRecord)
                derived.compareSnapshot(at: event.sequence) { folding.agrees(with: $0) }
                visit(event)
            }
            if let fault = part.fault { throw fault.explained(by: reader.storage) }
        }
        log = try checking.outcome()
        openTradeCount = folding.openCount
        leftOutCount = folding.leftOutCount
        self.clockProblem = clockProblem
        self.tree = tree
        self.derived = derived
    }
}

/// Checks the files that make opening fast, index runs and snapshots, while the log is read.
package struct DerivedAudit<S: Storage> {
    private let storage: S
    /// The runs, none of them checked before the end.
    let runSet: RunSet<S>
    /// Those that are still to be reached, in order.
    private var runs: ArraySlice<IndexRun<S>>
    /// The snapshots that are still to be reached, the next one last.
    private var snapshots: [(sequence: UInt64, snapshot: Snapshot)] = []
    private var expected = IdentityDigest()
    /// Whether the bound of time in the run that is being reached lets all its event ids pass.
    private var isBounded = true
    /// How many runs and snapshots there are.
    package let runCount: Int
    package let snapshotCount: Int
    /// How many entries of runs were compared.
    package private(set) var entryCount: UInt64 = 0
    /// The first thing that is wrong with a run or a snapshot.
    package private(set) var runProblem: String?
    package private(set) var snapshotProblem: String?

    package init(_ log: LogReader<S>) throws(LedgerError) {
        let storage = log.storage
        let runSet = try RunSet(storage, of: log.ledgerID)
        let catalog = try SegmentCatalog(storage)
        let files = try storage.list()
        self.storage = storage
        self.runSet = runSet
        runs = runSet.runs[...]
        runCount = runSet.runs.count
        for name in files.compactMap(IndexRunName.init(fileName:))
        where name.sequences.upperBound > runSet.lastSequence {
            runProblem = "\(storage.directory)/\(name.fileName) is not intact, or not of this log"
        }
        var count = 0
        for file in try SnapshotFile.all(storage) {
            count += 1
            if let snapshot = file.read(storage, catalog, of: log.ledgerID) {
                snapshots.append((file.sequence, snapshot))
            } else {
                snapshotProblem = "\(storage.directory)/\(file.fileName) is not intact, or not of this log"
            }
        }
        snapshotCount = count
    }

    /// Adds the next event of the log, and whether it is on record.
    mutating func note(_ event: Event, _ identity: ScreenedIdentity, isOnRecord: Bool) throws(LedgerError) {
        let sequence = event.sequence
        guard let run = runs.first else { return }
        if isOnRecord {
            if let eventID = identity.eventID {
                expected.add(IndexEntry(eventID, sequence))
                isBounded = isBounded && run.header.mayHold(event.eventID)
            }
            if identity.type.role != .stands { expected.add(IndexEntry(identity.subject, sequence)) }
        }
        guard sequence == run.sequences.upperBound else { return }
        do throws(LedgerError) { try check(run) } catch {
            guard error.code == .unusable else { throw error }
            runProblem = runProblem ?? error.message
        }
        runs = runs.dropFirst()
        (expected, isBounded) = (IdentityDigest(), true)
    }

    /// Compares the snapshot after an event, if there is one, with what was folded up to there.
    mutating func compareSnapshot(at sequence: UInt64, _ agrees: (Snapshot) -> Bool) {
        guard snapshots.last?.sequence == sequence, let (_, snapshot) = snapshots.popLast() else { return }
        guard !agrees(snapshot) else { return }
        let name = SnapshotFile(sequence: sequence).fileName
        let problem = "\(storage.directory)/\(name) does not hold what is open, halted or reserved at that place"
        snapshotProblem = snapshotProblem ?? problem
    }

    private mutating func check(_ run: IndexRun<S>) throws(LedgerError) {
        var found = IdentityDigest()
        var isInOrder = true
        var last: IndexEntry?
        for bucket in 0..<run.bucketCount {
            for entry in try run.entries(ofBucket: bucket) {
                found.add(entry)
                isInOrder = isInOrder && last.map { $0 <= entry } ?? true && run.filterHolds(entry)
                last = entry
            }
        }
        entryCount += found.count
        if found != expected || !isInOrder || !isBounded {
            let problem = "\(storage.directory)/\(run.name.fileName) does not hold the identities of its events"
            runProblem = runProblem ?? problem
        }
    }
}

/// An order-independent digest of a multiset of entries.
private struct IdentityDigest: Equatable {
    private(set) var count: UInt64 = 0
    private var sum: UInt64 = 0

    mutating func add(_ entry: IndexEntry) {
        count += 1
        sum &+= Fingerprint.event(ofSubject: entry.fingerprint, ordinal: entry.sequence)
    }
}

/// Marks the events that may repeat an earlier event's id or trade.
///
/// A Bloom filter of event ids and opened trades: it marks every event that repeats one, and few others. O(1) an event.
struct IdentityScreen {
    private var seen: IndexFilter

    /// Beyond this many events the filter no longer grows, so it marks more events that repeat nothing.
    private static let filteredEventCountMax: UInt64 = 1 << 26

    /// A screen for the events of a log, in order; it takes 3 bytes for each.
    init(eventCount: UInt64) {
        // Two identities an event: its id, and the trade that it opens.
        let identityCount = min(eventCount, Self.filteredEventCountMax) * 2
        seen = IndexFilter(byteCount: IndexFilter.byteCount(keyCount: identityCount))
    }

    /// Takes in the next events, and sets the suspects of each.
    ///
    /// The filter is larger than the processor's caches. A short loop over many events lets their loads overlap.
    mutating func screen(_ events: inout [CheckedEvent]) {
        for index in events.indices { screen(&events[index].identity) }
    }

    private mutating func screen(_ identity: inout ScreenedIdentity) {
        guard identity.type != .lost else { return }
        if let eventID = identity.eventID, seen.takeIn(eventID) { identity.suspects.insert(.eventID) }
        let begins = identity.type.role == .begins
        // An event that does not begin its subject may have created it.
        guard begins || identity.type.isAlwaysRecorded, seen.takeIn(identity.subject) else { return }
        if begins { identity.suspects.insert(.begun) }
    }
}
