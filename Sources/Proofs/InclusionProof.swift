internal import Ledger
internal import TradeModel

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
        while try !lines.peek().isEmpty {
            guard let bytes = Base64.bytes(try lines.peek()), let hash = MerkleHash(bytes) else {
                throw lines.fault("a hash belongs here: 32 bytes in base64")
            }
            _ = try lines.next()
            path.append(hash)
        }
        try lines.expect("")
        self.record = record
        self.index = index
        self.path = path
    }

    /// The lines, followed by the empty one.
    var text: [UInt8] {
        let lines = ["extra \(Base64.text(record))", "index \(index)"] + path.map { Base64.text($0.bytes) } + [""]
        return lines.flatMap { Array($0.utf8) + [UInt8(ascii: "\n")] }
    }

    /// Verifies that the checkpoint's tree has the event at this index, and returns it.
    func event(in checkpoint: Checkpoint) throws(ProofError) -> Event {
        let root = MerkleProof.root(
            ofLeaf: MerkleProof.leaf(record),
            at: index,
            size: checkpoint.size,
            path: path
        )
        guard root == checkpoint.root else {
            throw .refused("the event at index \(index) is not in the tree of the checkpoint")
        }
        let event: Event
        do throws(BodyFault) {
            event = try EventRecord.decode(record[...], 0..<record.count, checking: .content)
        } catch {
            throw .refused("the event at index \(index) is no event: \(error.message)")
        }
        guard event.sequence == index + 1 else {
            throw .refused("the event at index \(index) says that its sequence is \(event.sequence)")
        }
        return event
    }
}
