import Glibc
import Ledger
import LedgerTestSupport
import Testing
import TradeModel

@testable import Proofs

@Suite struct `A checkpoint` {
    private static let eventCount = 700

    /// A change that somebody made to a log, with all checksums recomputed.
    enum Forgery: CaseIterable {
        case altered, removed, inserted, reordered, rewritten, firstAltered, lastAltered

        func apply(_ events: inout [Event]) {
            switch self {
            case .altered: Self.alter(&events, 300)
            case .removed: events.remove(at: 300)
            case .inserted: events.insert(events[4], at: 300)
            case .reordered: events.swapAt(300, 301)
            case .rewritten: for index in events.indices { Self.alter(&events, index) }
            case .firstAltered: Self.alter(&events, 0)
            case .lastAltered: Self.alter(&events, 499)
            }
        }

        private static func alter(_ events: inout [Event], _ index: Int) {
            let event = events[index]
            events[index] = Event(
                sequence: event.sequence,
                recordedAt: event.recordedAt,
                eventID: EventID(high: event.eventID.high, low: event.eventID.low ^ 1),
                body: event.body
            )
        }
    }

    @Test func `is three lines and a signature that the public key verifies`() throws {
        let ledger = try ProvenLedger(eventCount: Self.eventCount)
        let checkpoint = try ledger.prover().checkpoint()
        try checkpoint.check(try ledger.publicKeys())
        let lines = String(decoding: checkpoint.text, as: UTF8.self).split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        let id = try ledger.reader().ledgerID
        #expect(lines.count == 6 && lines[0] == "tradeledger/\(id)" && lines[1] == "700" && lines[3].isEmpty)
        #expect(lines[4].hasPrefix("\u{2014} tradeledger/\(id) ") && lines[5].isEmpty)
        let storage = PosixStorage(directory: ledger.directory.path)
        var tree = LogTree(recomputing: storage)
        try tree.advance(to: 700)
        #expect(try Base64.bytes(lines[2].utf8) == tree.root(at: 700).bytes)
        #expect(try PublishedCheckpoints(checkpoint.text, name: "x").checkpoints == [checkpoint])
    }

    @Test func `of a ledger without events is that of the empty tree`() throws {
        let ledger = try ProvenLedger(eventCount: 0)
        let checkpoint = try ledger.prover().checkpoint()
        #expect(checkpoint.checkpoint.size == 0)
        #expect(checkpoint.checkpoint.root.description.hasPrefix("e3b0c44298fc1c149afbf4c8996fb924"))
        try ledger.append(3)
        _ = try ledger.prover().checkpoint(extending: PublishedCheckpoints(checkpoint.text, name: "kept"))
    }

    @Test func `is extended by the log as the log grows`() throws {
        let ledger = try ProvenLedger(eventCount: 0)
        var kept: [UInt8] = []
        for count in [1, 255, 1, 300, 0, 43] {
            try ledger.append(count)
            let published = try kept.isEmpty ? nil : PublishedCheckpoints(kept, name: "kept")
            let checkpoint = try ledger.prover().checkpoint(extending: published)
            kept += (kept.isEmpty ? [] : [UInt8(ascii: "\n")]) + checkpoint.text
        }
        let published = try PublishedCheckpoints(kept, name: "kept")
        #expect(published.checkpoints.map(\.checkpoint.size) == [1, 256, 257, 557, 557, 600])
        try published.check(try ledger.publicKeys())
    }

    @Test(arguments: Forgery.allCases)
    func `is not extended by a log that was rewritten with valid checksums`(forgery: Forgery) throws {
        let ledger = try ProvenLedger(eventCount: 500)
        let kept = try PublishedCheckpoints(ledger.prover().checkpoint().text, name: "kept")
        try ledger.append(100)
        _ = try ledger.prover().checkpoint(extending: kept)
        let forged = try ProvenLedger(forging: ledger) { forgery.apply(&$0) }
        let error = #expect(throws: ProofError.self) { try forged.prover().checkpoint(extending: kept) }
        #expect(
            error
                == .refused(
                    "the first 500 events of the log are not those that kept commits to: some of 1 to 500 were "
                        + "changed, added or removed"
                )
        )
    }

    @Test func `shows between which checkpoints the log was changed`() throws {
        let ledger = try ProvenLedger(eventCount: 200)
        var kept = try ledger.prover().checkpoint().text
        try ledger.append(200)
        kept += [UInt8(ascii: "\n")] + (try ledger.prover().checkpoint().text)
        let forged = try ProvenLedger(forging: ledger) { Forgery.altered.apply(&$0) }
        let error = #expect(throws: ProofError.self) {
            try forged.prover().checkpoint(extending: PublishedCheckpoints(kept, name: "kept"))
        }
        #expect(error?.description.contains("some of 201 to 400") ?? false)
    }

    @Test func `is not extended by an older copy, nor by a log whose end was cut off`() throws {
        let ledger = try ProvenLedger(eventCount: 400)
        let copy = try ledger.directory.copy()
        try ledger.append(100)
        let kept = try PublishedCheckpoints(ledger.prover().checkpoint().text, name: "kept")
        _ = unsafe chmod(copy.path + "/checkpoint.key", 0o600)
        let cut = try ProvenLedger(forging: ledger) { $0.removeLast() }
        for (directory, end) in [(copy.path, 400), (cut.directory.path, 499)] {
            let prover = try LedgerProver(try LedgerReader(opening: directory), LedgerKeys(directory: directory))
            let error = #expect(throws: ProofError.self) { try prover.checkpoint(extending: kept) }
            #expect(error?.description.contains("over 500 events, and the log ends at \(end)") ?? false)
        }
    }

    @Test func `of another ledger, or by another key, is refused`() throws {
        let (ledger, other) = (try ProvenLedger(eventCount: 5), try ProvenLedger(eventCount: 5))
        let checkpoint = try other.prover().checkpoint()
        #expect(throws: ProofError.self) { try checkpoint.check(try ledger.publicKeys()) }
        let error = #expect(throws: ProofError.self) {
            try ledger.prover().checkpoint(extending: PublishedCheckpoints(checkpoint.text, name: "kept"))
        }
        #expect(error?.description.hasPrefix("kept is of tradeledger/") ?? false)
        // A key of the right name that is not the kept one.
        let stranger = SigningKey(newNamed: try ledger.publicKeys()[0].name)
        let forged = SignedCheckpoint(try ledger.prover().checkpoint().checkpoint, signedBy: [stranger])
        #expect(throws: ProofError.self) { try forged.check(try ledger.publicKeys()) }
        // Only the log's own signature counts: that of a witness alone is not enough.
        let witness = SigningKey(newNamed: "witness.example/w1")
        let witnessed = SignedCheckpoint(forged.checkpoint, signedBy: [witness])
        #expect(throws: ProofError.self) { try witnessed.check([witness.verifierKey]) }
    }

    @Test func `accepts signatures of others, and checks those of known keys`() throws {
        let ledger = try ProvenLedger(eventCount: 5)
        let witness = SigningKey(newNamed: "witness.example/w1")
        let own = try ledger.prover().checkpoint()
        let line = witness.signature(of: own.checkpoint.text).line + [UInt8(ascii: "\n")]
        let witnessed = try #require(try PublishedCheckpoints(own.text + line, name: "x").checkpoints.first)
        #expect(witnessed.text == own.text + line)
        try witnessed.check(try ledger.publicKeys())
        try witnessed.check(try ledger.publicKeys() + [witness.verifierKey])
        let wrong = NoteSignature(name: "witness.example/w1", keyID: witness.verifierKey.id, bytes: [1, 2, 3]).line
        let refused = try PublishedCheckpoints(own.text + wrong + [UInt8(ascii: "\n")], name: "x").checkpoints[0]
        try refused.check(try ledger.publicKeys())
        #expect(throws: ProofError.self) { try refused.check(try ledger.publicKeys() + [witness.verifierKey]) }
    }

    @Test func `is refused with any bit flipped`() throws {
        let ledger = try ProvenLedger(eventCount: 5)
        let keys = try ledger.publicKeys()
        let text = try ledger.prover().checkpoint().text
        for index in text.indices {
            for bit in 0..<8 {
                var flipped = text
                flipped[index] ^= 1 << UInt8(bit)
                #expect(throws: ProofError.self, "byte \(index), bit \(bit)") {
                    try PublishedCheckpoints(flipped, name: "x").check(keys)
                }
            }
        }
        for count in text.indices {
            #expect(throws: ProofError.self, "the first \(count) bytes") {
                try PublishedCheckpoints(Array(text[..<count]), name: "x").check(keys)
            }
        }
    }

    @Test func `is published once, and never if the log does not extend the published ones`() throws {
        let ledger = try ProvenLedger(eventCount: 300)
        let others = TemporaryDirectory()
        let file = PublishedFile(path: others.path + "/checkpoints")
        let first = try file.append(byProver: try ledger.prover())
        #expect(try file.append(byProver: try ledger.prover()) == first)
        #expect(try others.damaged("checkpoints").bytes() == first.text)
        try ledger.append(10)
        let second = try file.append(byProver: try ledger.prover())
        let both = first.text + [UInt8(ascii: "\n")] + second.text
        #expect(try others.damaged("checkpoints").bytes() == both)
        let forged = try ProvenLedger(forging: ledger) { $0.swapAt(7, 8) }
        #expect(throws: ProofError.self) { try file.append(byProver: try forged.prover()) }
        #expect(try others.damaged("checkpoints").bytes() == both)
    }
}
