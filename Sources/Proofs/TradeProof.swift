internal import Ledger
public import TradeModel

/// A proof that some events of one trade are in a ledger: one small file that can be verified without the ledger.
///
/// `schema/proof-format.md` has every line of it.
public struct TradeProof: Hashable, Sendable {
    /// What the events are shown to be under.
    public let checkpoint: SignedCheckpoint
    let inclusions: [InclusionProof]

    private static let firstLine = "tradeledger/trade-proof/v1"

    init(_ inclusions: [InclusionProof], under checkpoint: SignedCheckpoint) {
        self.inclusions = inclusions
        self.checkpoint = checkpoint
    }

    /// Reads a proof; `name` is what errors call it.
    ///
    /// Throws `refused` where the bytes are not exactly those that `text` would give.
    public init(_ bytes: [UInt8], name: String) throws(ProofError) {
        var lines = TextLines(bytes, name: name)
        try lines.expect(Self.firstLine)
        try lines.expect("")
        var inclusions: [InclusionProof] = []
        repeat { inclusions.append(try InclusionProof(&lines)) } while try lines.peek().starts(with: "extra ".utf8)
        let checkpoint = try SignedCheckpoint(&lines)
        guard lines.isAtEnd else { throw lines.fault("the proof ends before this line") }
        self.init(inclusions, under: checkpoint)
        guard text == bytes else { throw .refused("\(name) is not written as a proof is") }
    }

    /// The file.
    public var text: [UInt8] {
        Array("\(Self.firstLine)\n\n".utf8) + inclusions.flatMap(\.text) + checkpoint.text
    }

    /// Verifies that all events are of one trade and in the checkpoint's tree, and returns them in order.
    ///
    /// `checkpoint.check` verifies the checkpoint's signature. Throws `refused`. O(events · log of the size).
    public func events() throws(ProofError) -> [Event] {
        var events: [Event] = []
        for inclusion in inclusions {
            let event = try inclusion.event(in: checkpoint.checkpoint)
            if let last = events.last {
                guard last.sequence < event.sequence else {
                    throw .refused("event \(event.sequence) stands after event \(last.sequence)")
                }
                guard last.body.subjectBytes.elementsEqual(event.body.subjectBytes) else {
                    throw .refused("event \(event.sequence) is of another trade, \(event.body.subject)")
                }
            }
            guard event.body.type.isAboutTrade else {
                throw .refused("event \(event.sequence), a \(event.body.type.name), is about no trade")
            }
            events.append(event)
        }
        return events
    }
}

/// One event, and the few hashes that lead from it to the root of a checkpoint (RFC 6962, section 2.1.1).
struct InclusionProof: Hashable, Sendable {
    /// The event's record, which is what a leaf hashes.
    let record: [UInt8]
    /// The place of the leaf, from 0.
    let index: UInt64
    /// The sibling of the leaf first, a child of the root last.
    let path: [MerkleHash]

    init(_ event: Event, path: [MerkleHash]) {
        var record: [UInt8] = []
        EventRecord.encode(event, into: &record)
        self.record = record
        self.path = path
        index = event.sequence - 1
    }

    /// Reads the lines up to the empty line after them.
    init(_ lines: inout TextLines) throws(ProofError) {
        let start = lines
        guard let text = try lines.next(after: "extra"), let record = Base64.bytes(text) else {
            throw start.fault("`extra` and a record in base64 belong here")
        }
        let place = lines
        guard let digits = try lines.next(after: "index"), let index = UInt64(canonicalDigits: digits) else {
            throw place.fault("`index` and the place of the event belong here")
        }
        var path: [MerkleHash] = []
        while try !lines.peek().isEmpty { path.append(try lines.hash("a hash")) }
        try lines.expect("")
        self.record = record
        self.index = index
        self.path = path
    }

    /// The lines, followed by the empty one.
    var text: [UInt8] {
        TextLines.text(["extra \(Base64.text(record))", "index \(index)"] + path.map { Base64.text($0.bytes) } + [""])
    }

    /// Verifies that the checkpoint's tree has the event at this index, and returns it.
    func event(in checkpoint: Checkpoint) throws(ProofError) -> Event {
        let leaf = MerkleProof.leaf(record)
        guard MerkleProof.root(ofLeaf: leaf, at: index, size: checkpoint.size, path: path) == checkpoint.root else {
            throw .refused("the event at index \(index) is not in the tree of the checkpoint")
        }
        let event: Event
        do throws(BodyFault) {
            let derivedIDs = DerivedEventIDs(of: checkpoint.ledgerID)
            event = try EventRecord.decode(record[...], 0..<record.count, of: derivedIDs, checking: .content)
        } catch {
            throw .refused("the event at index \(index) is no event: \(error.message)")
        }
        guard event.sequence == index + 1 else {
            throw .refused("the event at index \(index) says that its sequence is \(event.sequence)")
        }
        return event
    }
}
