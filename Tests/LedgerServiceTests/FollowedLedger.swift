import Ledger
import LedgerTestSupport
import TradeModel

@testable import LedgerService

/// A ledger in a directory of its own, and a fold that follows it.
final class FollowedLedger {
    let directory = TemporaryDirectory()
    private(set) var ledger: Ledger
    private var generator: EventGenerator
    private let configuration = LedgerConfiguration(segmentByteCount: 64 << 10)

    init(seed: UInt64, families: EventGenerator.Families = .all) throws {
        generator = EventGenerator(seed: seed, families: families)
        try Ledger.create(in: directory.path, configuration: configuration)
        ledger = try Ledger(opening: directory.path, configuration: configuration)
    }

    deinit { ledger.close() }

    var reader: LedgerReader { get throws { try LedgerReader(opening: directory.path) } }

    /// A fold that has not begun.
    func fold() throws -> LiveFold { try LiveFold(try reader) }

    /// Appends generated events, and returns the sequence of the last one.
    @discardableResult
    func append(_ count: Int) throws -> UInt64 {
        try append((0..<count).map { _ in generator.nextLine() })
    }

    /// Appends lines, and returns the sequence of the last one.
    @discardableResult
    func append(_ lines: [String]) throws -> UInt64 {
        let outcomes = ledger.append(lines: lines.map { EventLine(Array($0.utf8)) })
        for case .failure(let error) in outcomes { throw error }
        return try ledger.durableSequence
    }

    /// Closes the ledger, which builds what makes lookups fast, and opens it again.
    func reopen() throws {
        ledger.close()
        ledger = try Ledger(opening: directory.path, configuration: configuration)
    }
}

extension LiveFold {
    /// Notes that events are durable and waits until it has them; false if it does not get there.
    func follow(to sequence: UInt64) -> Bool {
        noteDurable(sequence)
        return waits(for: sequence, within: .seconds(60))
    }

    /// Whether it reaches a sequence in a time.
    func waits(for sequence: UInt64, within duration: Duration) -> Bool {
        let (answer, answered) = (Lock(false), Semaphore())
        whenReached(sequence, within: duration) { isReached in
            answer.withLock { $0 = isReached }
            answered.post()
        }
        answered.wait()
        return answer.withLock { $0 }
    }
}
