import LedgerTestSupport
import TradeModel

@testable import Ledger

/// A ledger of small segments whose maintenance runs when a test says so.
struct KeptLedger<S: Storage>: ~Copyable {
    let directory: TemporaryDirectory
    let storage: S
    private let clock = ManualClock()
    private var core: LedgerCore<S>?
    private var maintenance: Maintenance<S>?

    private static var configuration: LedgerConfiguration {
        LedgerConfiguration(simulatedSegmentByteCount: 8192, sealedBlockByteCount: nil)
    }

    init(_ storage: (TemporaryDirectory) -> S) throws {
        let directory = TemporaryDirectory()
        self.directory = directory
        let storage = storage(directory)
        self.storage = storage
        try LedgerLayout.create(
            storage,
            ledgerID: EventID(high: 1, low: 2),
            configuration: Self.configuration,
            clock: clock.clock
        )
        try open()
    }

    mutating func open() throws {
        let core = try LedgerCore(opening: storage, Self.configuration, clock.clock)
        maintenance = try Maintenance(
            for: core,
            sealedBlockByteCount: Self.configuration.sealedBlockByteCount
        ) { false }
        self.core = consume core
    }

    mutating func close() throws {
        try core?.assertDurable()
        kill()
    }

    mutating func kill() {
        core = nil
        maintenance = nil
    }

    mutating func maintain() throws {
        let durable = core?.durableSequence ?? 0
        while try maintenance?.step(durableSequence: durable) ?? false {}
    }

    /// Sends each event on its own, and returns the answer: status and sequence, the code of its rejection, or the
    /// error.
    @discardableResult
    mutating func send(_ drafts: [EventDraft]) -> [String] {
        let request = AppendRequest(drafts.map { Submission($0) }, .each, .none)
        core?.commit([request])
        return request.answers.outcomes.map { outcome in
            switch outcome {
            case .success(let receipt): "\(receipt.status) \(receipt.sequence)"
            case .failure(.rejected(let rejection)): rejection.code.rawValue
            case .failure(.failed(let error)): "\(error)"
            }
        }
    }

    /// Fills at least this many further segments with short trades.
    mutating func fill(segmentCount: Int, prefix: String = "other") throws {
        let count = directory.segments.count + segmentCount
        var index = 0
        while directory.segments.count < count {
            let id = "\(prefix) \(index)"
            send(try [TradeEvents.opened(id, fillID: "f \(id)"), TradeEvents.closed(id)])
            index += 1
        }
    }

    var durableSequence: UInt64 { ask { $0.durableSequence } ?? 0 }
    var coveredSequence: UInt64 { ask { $0.coveredSequence } ?? 0 }
    var identitySlotCount: Int { ask { $0.identitySlotCount } ?? 0 }

    mutating func trade(_ id: String) throws -> Trade? { try core?.trade(Array(id.utf8)) }

    func openTrades() throws -> [[UInt8]: Trade] {
        let trades = try ask { try $0.openTrades() } ?? []
        return Dictionary(uniqueKeysWithValues: trades.map { ($0.id, $0.trade) })
    }

    private func ask<Answer>(_ question: (borrowing LedgerCore<S>) throws -> Answer) rethrows -> Answer? {
        switch core {
        case .none: nil
        case .some(let core): try question(core)
        }
    }

    /// The index runs in the directory.
    var runs: [String] { directory.files.filter { IndexRunName(fileName: $0) != nil } }
    /// The snapshots in the directory.
    var snapshots: [String] { directory.files.filter { SnapshotFile(fileName: $0) != nil } }
}
