internal import Glibc
internal import Ledger
internal import LedgerTestSupport

/// A ledger with every kind of file that a ledger's directory can have, and its output while it is intact.
final class DamageableLedger {
    /// Beside the ledger: a backup of it, and a copy of its public key.
    let original: AttackedLedger
    /// The lines in the order of their sequences, each with an id.
    let lines: [String]
    /// The output of `events`, `rejected` and `trades`.
    let events: [UInt8]
    let rejected: [UInt8]
    let trades: [UInt8]

    private static let sealedEventCount = 1000
    private static let plainEventCount = 300
    /// Makes many small segments.
    ///
    /// Their bytes do not depend on the time, so that an attack can be repeated.
    private static let configuration = LedgerConfiguration(segmentByteCount: 64 << 10, idleMilliseconds: 1_000_000)

    init(databaseURL: String) throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/ledger"
        guard unsafe mkdir(path, 0o700) == 0 else { throw SystemFailure(operation: "mkdir \(path)", number: errno) }
        original = AttackedLedger(at: path, within: directory, databaseURL: databaseURL)
        lines = Lines.identified(Self.sealedEventCount + Self.plainEventCount, seed: 15)
        let clock = ManualClock().clock
        try Ledger.create(in: path, configuration: Self.configuration, clock: clock)
        try Self.append(lines.prefix(Self.sealedEventCount), to: path, clock) {
            let reader = try LedgerReader(opening: path)
            return try reader.sealedSegmentCount() == reader.segmentCount() - 1
        }
        try Self.append(lines.dropFirst(Self.sealedEventCount), to: path, clock, isSealing: false) { true }
        try original.succeed(["init", "--signing-key"])
        try original.succeed(["migrate"])
        try original.succeed(["replicate", "--once"])
        try original.succeed(["backup", directory.path + "/backup"])
        _ = try original.shell(#"cp "$D/ledger/checkpoint.pub" "$D/kept.pub""#)
        events = try original.succeed(["events"]).output
        rejected = try original.succeed(["rejected"]).output
        trades = try original.succeed(["trades"]).output
    }

    /// A copy of the ledger, its backup and its public key, without a database.
    func copy() throws -> AttackedLedger {
        let directory = TemporaryDirectory()
        let copy = AttackedLedger(at: directory.path + "/ledger", within: directory)
        // The note in the lock file would reveal the copy.
        let outcome = try copy.shell(
            #"""
            cp -a "\#(original.directory.path)/." "$D" && head -c 20 "$D/ledger/lock" >"$D/l" &&
                mv "$D/l" "$D/ledger/lock"
            """#
        )
        guard outcome.ending == .exit(0) else { throw BrokenPromise("a ledger cannot be copied: \(outcome.stderr)") }
        return copy
    }

    private static func append(
        _ lines: ArraySlice<String>,
        to path: String,
        _ clock: LedgerClock,
        isSealing: Bool = true,
        until isDone: () throws -> Bool
    ) throws {
        var configuration = Self.configuration
        if !isSealing { configuration.sealedBlockByteCount = nil }
        let ledger = try Ledger(opening: path, configuration: configuration, clock: clock)
        var rest = lines
        while !rest.isEmpty {
            for outcome in ledger.append(lines: rest.prefix(50).map { EventLine(Array($0.utf8)) }) {
                _ = try outcome.get()
            }
            rest = rest.dropFirst(50)
        }
        for line in Lines.rejected { _ = ledger.append(lines: [EventLine(Array(line.utf8))]) }
        while try !isDone() { usleep(1000) }
        ledger.close()
    }
}

/// Events to append.
enum Lines {
    /// Lines that break a rule.
    static let rejected = [
        #"{"type":"trade.closed","trade_id":"nobody","occurred_at":"2026-01-02T03:04:05Z","price":"1"}"#,
        #"{"type":"trade.opened","trade_id":"half"#,
    ]

    /// Generated events that break no rule, with ids, so that the ledger recognises a retry.
    static func identified(_ count: Int, seed: UInt64) -> [String] {
        var generator = EventGenerator(seed: seed)
        return (0..<count).map { index in
            generator.nextLine().dropLast() + #","event_id":"00000000-0000-4000-8000-00000\#(1_000_000 + index)"}"#
        }
    }

    static func input(_ lines: some Sequence<String>) -> [UInt8] { lines.flatMap { Array($0.utf8) + [0x0A] } }
}
