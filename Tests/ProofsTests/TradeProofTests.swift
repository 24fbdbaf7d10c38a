import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger
@testable import Proofs

@Suite struct `A proof of a trade` {
    private let ledger: ProvenLedger
    /// The events of trades, among those of other families.
    private let events: [Event]

    init() throws {
        ledger = try ProvenLedger(eventCount: 600)
        events = try ledger.events().filter(\.body.type.isAboutTrade)
    }

    private func proof(_ id: String) throws -> TradeProof { try #require(try ledger.prover().proof(ofTrade: id)) }

    @Test func `has every event of a trade, and returns them`() throws {
        let byTrade = Dictionary(grouping: events) { $0.body.subject }
        #expect(byTrade.count > 20)
        let keys = try ledger.publicKeys()
        for (id, expected) in byTrade.sorted(by: { $0.key < $1.key }).prefix(40) {
            let text = try proof(id).text
            let read = try TradeProof(text, name: "x")
            #expect(try read.events() == expected)
            #expect(read.text == text)
            try read.checkpoint.check(keys)
            #expect(read.checkpoint.checkpoint.size == 600)
        }
        #expect(try ledger.prover().proof(ofTrade: "no such trade") == nil)
    }

    @Test func `is refused with any byte changed`() throws {
        let keys = try ledger.publicKeys()
        let text = try proof(events[250].body.subject).text
        for index in text.indices {
            var changed = text
            changed[index] ^= UInt8(1 << (index % 8))
            #expect(throws: ProofError.self, "byte \(index)") { try check(changed, keys) }
        }
        for changed in [text + [UInt8(ascii: "\n")], text.dropLast(), [UInt8(ascii: "\n")] + text, []] {
            #expect(throws: ProofError.self) { try check(Array(changed), keys) }
        }
    }

    @Test func `is refused with events out of order, repeated, or of another trade`() throws {
        let trades = Dictionary(grouping: events) { $0.body.subject }.filter { $1.count > 1 }.keys.sorted()
        let (one, other) = (try proof(trades[0]), try proof(trades[1]))
        for inclusions in [
            one.inclusions.reversed(), one.inclusions + one.inclusions.suffix(1),
            (one.inclusions + other.inclusions).sorted { $0.index < $1.index },
        ] {
            let text = TradeProof(inclusions, under: one.checkpoint).text
            #expect(throws: ProofError.self) { try TradeProof(text, name: "x").events() }
        }
        #expect(throws: ProofError.self) { try TradeProof(TradeProof([], under: one.checkpoint).text, name: "x") }
        // A proof of some events is as valid as one of all.
        let first = TradeProof(Array(one.inclusions.prefix(1)), under: one.checkpoint)
        #expect(try TradeProof(first.text, name: "x").events().count == 1)
    }

    @Test func `is refused if a leaf is not an event or has another sequence`() throws {
        let hash = MerkleProof.leaf([1, 2, 3])
        let id = try ledger.reader().ledgerID
        let checkpoint = SignedCheckpoint(Checkpoint(ledgerID: id, size: 1, root: hash), signedBy: [])
        func proof(_ record: [UInt8]) throws -> TradeProof {
            let text = "extra \(Base64.text(record))\nindex 0\n\n"
            var lines = TextLines(Array(text.utf8), name: "x")
            return TradeProof([try InclusionProof(&lines)], under: checkpoint)
        }
        #expect(throws: ProofError.self) { try proof([1, 2, 3]).events() }
        #expect(throws: ProofError.self) { try proof([1, 2, 4]).events() }
        let first = events[0]
        let moved = Event(sequence: 2, recordedAt: first.recordedAt, eventID: first.eventID, body: first.body)
        var record: [UInt8] = []
        EventRecord.encode(moved, into: &record)
        let root = MerkleProof.leaf(record)
        let claimed = SignedCheckpoint(Checkpoint(ledgerID: id, size: 1, root: root), signedBy: [])
        let error = #expect(throws: ProofError.self) {
            try TradeProof(try proof(record).inclusions, under: claimed).events()
        }
        #expect(error == .refused("the event at index 0 says that its sequence is 2"))
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `is refused, or returns exactly the record, for any record`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let known = try proof(events[50].body.subject).inclusions[0]
        let id = try ledger.reader().ledgerID
        var takenCount = 0
        for _ in 0..<500 {
            var record = known.record
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = Int.random(in: 9..<record.count, using: &generator)
                record[index] = UInt8.random(in: 0...255, using: &generator)
            }
            let (index, path) = (known.index, known.path)
            let leaf = MerkleProof.leaf(record)
            let root = try #require(MerkleProof.root(ofLeaf: leaf, at: index, size: 600, path: path))
            let checkpoint = SignedCheckpoint(Checkpoint(ledgerID: id, size: 600, root: root), signedBy: [])
            let rest = known.text.drop { $0 != UInt8(ascii: "\n") }
            var lines = TextLines(Array("extra \(Base64.text(record))".utf8) + rest, name: "x")
            let proof = TradeProof([try InclusionProof(&lines)], under: checkpoint)
            do throws(ProofError) {
                var encoded: [UInt8] = []
                EventRecord.encode(try proof.events()[0], into: &encoded)
                #expect(encoded == record, "seed \(seed)")
                takenCount += 1
            } catch {
                guard case .refused = error else { throw error }
            }
        }
        #expect(1..<500 ~= takenCount, "seed \(seed)")
    }

    @Test func `needs no stored nodes, and notices nodes of another log`() throws {
        let id = events[150].body.subject
        let (storage, ledgerID) = (PosixStorage(directory: ledger.directory.path), try ledger.reader().ledgerID)
        var tree = LogTree(recomputing: storage)
        try tree.advance(to: 600)
        var texts: [[UInt8]] = []
        for blocks in [tree.blocks[...], []] {
            var file = try TreeFile(storage, ledgerID, continuingAfter: 0)
            try file.append(blocks)
            texts.append(try proof(id).text)
        }
        #expect(texts[0] == texts[1])
        var file = try TreeFile(storage, ledgerID, continuingAfter: 0)
        try file.append([tree.blocks[1], tree.blocks[0]])
        let error = #expect(throws: LedgerError.self) { try ledger.prover().proof(ofTrade: id) }
        #expect(error?.code == .damaged && error?.message.contains("merkle.nodes") ?? false)
    }

    private func check(_ bytes: [UInt8], _ keys: [VerifierKey]) throws {
        let proof = try TradeProof(bytes, name: "x")
        _ = try proof.events()
        try proof.checkpoint.check(keys)
    }
}
