import Glibc
import Ledger
import LedgerTestSupport
import Proofs
import TradeModel

/// A ledger of generated events with its signing key, in a new directory.
struct ProvenLedger {
    let directory: TemporaryDirectory

    /// A ledger with this many events, with some finished segments.
    init(eventCount: Int) throws {
        directory = TemporaryDirectory()
        try Ledger.create(in: directory.path, configuration: Self.configuration)
        _ = try keys.make(for: try reader().ledgerID)
        try append(eventCount)
    }

    /// The same ledger with other events, in another directory: all checksums are valid, and so is the tree.
    init(forging original: ProvenLedger, _ change: (inout [Event]) -> Void) throws {
        directory = TemporaryDirectory()
        try ForgedLog.write(
            from: original.directory.path,
            into: directory.path,
            configuration: Self.configuration,
            change
        )
        // A thief of the directory has the key as well.
        for name in ["checkpoint.key", "checkpoint.pub"] {
            try directory.damaged(name).replace(try original.directory.damaged(name).bytes())
        }
        _ = unsafe chmod(directory.path + "/checkpoint.key", 0o600)
    }

    private static let configuration = LedgerConfiguration(segmentByteCount: 64 << 10)

    var keys: LedgerKeys { LedgerKeys(directory: directory.path) }

    func reader() throws -> LedgerReader { try LedgerReader(opening: directory.path) }

    func prover() throws -> LedgerProver { try LedgerProver(try reader(), keys) }

    /// The public key in the file of a third party.
    func publicKeys() throws -> [VerifierKey] {
        try LedgerKeys.verifierKeys(try directory.damaged("checkpoint.pub").bytes(), name: "checkpoint.pub")
    }

    /// Appends the next generated events.
    func append(_ count: Int) throws {
        let ledger = try Ledger(opening: directory.path, configuration: Self.configuration)
        defer { ledger.close() }
        var generator = EventGenerator(seed: 71)
        for _ in 0..<Int(try ledger.durableSequence) { _ = generator.nextLine() }
        let lines = (0..<count).map { _ in EventLine(Array(generator.nextLine().utf8)) }
        for outcome in ledger.append(lines: lines) { _ = try outcome.get() }
    }

    func events() throws -> [Event] {
        var stream = try reader().events()
        var events: [Event] = []
        while let event = try stream.next() { events.append(event.copied()) }
        return events
    }
}
