import Ledger
import LedgerTestSupport
import TradeModel

/// A computer with a simulated disk, a ledger open on it, and the promises made to clients.
///
/// Everything happens on one thread, one step at a time.
final class Machine {
    let disk: SimulatedDisk
    /// Another disk, for backups.
    let backupDisk = SimulatedDisk(DiskImage())
    private(set) var history: History
    private var core: LedgerCore<SimulatedDisk>?
    private var preallocated: PreallocatedSegment<SimulatedDisk>?
    private var maintenance: Maintenance<SimulatedDisk>?

    /// The message about a rejected line that a full disk had no space for.
    private static let notKept = "was not kept"
    /// Small, so that a few events fill a segment, and a segment has several blocks.
    static let configuration = LedgerConfiguration(simulatedSegmentByteCount: 4096, sealedBlockByteCount: 700)
    /// The clock stands still: the ledger must not depend on it.
    static let clock = ManualClock().clock
    static let ledgerID = EventID.version7(at: Timestamp(microsecondsSince1970: 0), random: (1, 1))
    private static let derivedIDs = DerivedEventIDs(of: ledgerID)

    init(_ disk: SimulatedDisk, _ history: History = History()) {
        self.disk = disk
        self.history = history
    }

    /// Creates a ledger on the empty disk.
    func create(_ ledgerID: EventID = Machine.ledgerID) throws(LedgerError) {
        try LedgerLayout.create(disk, ledgerID: ledgerID, configuration: Self.configuration, clock: Self.clock)
        history.noteCreated()
    }

    /// Opens the ledger for writing and records its content as a promise; returns its report about the tail.
    func open() throws -> RecoveryReport {
        let core = try LedgerCore(opening: disk, Self.configuration, Self.clock)
        let recovery = core.recovery
        preallocated = core.preallocated
        let begun = Result { () throws(LedgerError) in
            try Maintenance(for: core, sealedBlockByteCount: Self.configuration.sealedBlockByteCount) { false }
        }
        // The ledger is open, whether or not its maintenance can begin.
        self.core = consume core
        maintenance = try begun.get()
        return recovery
    }

    /// Records the content of the ledger as what it must keep from now on.
    func adopt(_ log: RecoveredLog) {
        history.adopt(log.events, rejected: log.rejected)
    }

    /// Another process reads the durable watermark.
    func look() {
        guard let note = disk.image.contents(DurableWatermark.fileName) else { return }
        history.see(DurableWatermark.decode(note) ?? 0)
    }

    /// Sends events in one commit, each on its own or all of them together.
    ///
    /// Throws if the ledger cannot continue and must be reopened.
    @discardableResult
    func send(_ drafts: [EventDraft], _ atomicity: Atomicity) throws -> [AppendOutcome] {
        let request = AppendRequest(drafts.map { Submission($0) }, atomicity, .none)
        history.send(drafts, isAtomic: atomicity == .all)
        core?.commit([request])
        let isFull = disk.byteCountMax < .max
        try require(history.problem(withAnswers: request.answers.outcomes, isFull: isFull), "answers")
        var events: [Event] = []
        var rejected: [[UInt8]] = []
        for (draft, outcome) in zip(drafts, request.answers.outcomes) {
            switch outcome {
            case .success(let receipt):
                let event = Self.event(of: draft, receipt)
                if receipt.status == .appended { events.append(event) } else { try checkDuplicate(event, events) }
            case .failure(.rejected(let rejection)):
                if !rejection.message.contains(Self.notKept) { rejected.append(Array(Submission(draft).line.bytes)) }
            case .failure(.failed(let error)): throw error
            }
        }
        history.acknowledge(events, rejected: rejected)
        return request.answers.outcomes
    }

    /// The event that an answer promises.
    private static func event(of draft: EventDraft, _ receipt: Receipt) -> Event {
        let derivedID = derivedIDs.id(at: receipt.sequence, recordedAt: receipt.recordedAt)
        return Event(
            sequence: receipt.sequence,
            recordedAt: receipt.recordedAt,
            eventID: receipt.eventID,
            idOrigin: draft.eventID == nil && receipt.eventID == derivedID ? .derived : .stored,
            body: draft.body
        )
    }

    /// Makes the log assert that its last frames are durable.
    func rest() throws(LedgerError) {
        try core?.assertDurable()
    }

    /// Flushes the log without a change.
    func testFlush() throws(LedgerError) {
        try core?.testFlush()
    }

    /// Runs this many steps of background maintenance, or all that are left.
    ///
    /// Ends it on a failure, as its real thread does.
    func maintain(stepCountMax: Int = .max) throws(LedgerError) {
        guard let sequence = core?.durableSequence else { return }
        // If the disk is full, the next commit reports it.
        do throws(LedgerError) { try preallocated?.prepare() } catch { guard error.isDiskFull else { throw error } }
        do throws(LedgerError) {
            var count = 0
            while count < stepCountMax, try maintenance?.step(durableSequence: sequence) ?? false { count += 1 }
        } catch {
            maintenance = nil
            throw error
        }
    }

    /// Backs the ledger up beside its writer, and checks the backup.
    func backUp(_ random: inout SeededGenerator) throws {
        let check = BackupCheck(source: disk.image, history: history, seed: random.next())
        try check.run(backupDisk) { try LogBackup(of: self.disk, in: self.backupDisk, clock: Self.clock).run { _ in } }
    }

    /// Whether a process has the ledger open.
    var isOpen: Bool { core != nil }

    /// Ends the process: its handles and locks are gone, and the kernel's cache stays.
    func kill() {
        core = nil
        preallocated = nil
        maintenance = nil
    }

    /// The open trades of the ledger.
    func openTrades() throws(LedgerError) -> [[UInt8]: Trade] {
        let trades = try core?.openTrades() ?? []
        return Dictionary(uniqueKeysWithValues: trades.map { ($0.id, $0.trade) })
    }

    /// A trade of the ledger.
    func trade(_ id: [UInt8]) throws(LedgerError) -> Trade? { try core?.trade(id) }

    private func checkDuplicate(_ event: Event, _ new: [Event]) throws(SimulationFailure) {
        let index = Int(event.sequence) - 1
        let events = index < history.acknowledged.count ? history.acknowledged : new
        let place = index < history.acknowledged.count ? index : index - history.acknowledged.count
        // A retry does not say whether the ledger made the id that it carries.
        guard events.indices.contains(place), events[place].eventID == event.eventID,
            events[place].recordedAt == event.recordedAt, events[place].body == event.body
        else {
            throw SimulationFailure("a retry was answered with sequence \(event.sequence), which is not that event")
        }
    }
}
