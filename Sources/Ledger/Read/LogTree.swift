package import TradeModel

/// The Merkle tree of a log on disk: follows the log as it grows and knows the root at any sequence.
package struct LogTree<S: Storage>: ~Copyable {
    private let storage: S
    private let ledgerID: EventID?
    private var tree = MerkleTree()
    private var cursor: EventCursor<S>
    /// The leaves of the block that `inclusionPath` read last: the next event is often in the same block.
    private var readBlock: (range: Range<UInt64>, leaves: [MerkleHash])?
    private var hasher = LeafHasher()

    /// Begins with the nodes that the ledger keeps for events up to `limit`, which saves reading those events.
    package init(_ storage: S, _ ledgerID: EventID, upTo limit: UInt64) throws(LedgerError) {
        self.storage = storage
        self.ledgerID = ledgerID
        var tree = MerkleTree()
        for node in try TreeFile.read(storage, ledgerID) {
            guard tree.leafCount + UInt64(MerkleTree.blockLeafCount) <= limit else { break }
            tree.append(block: node)
        }
        cursor = EventCursor(storage, from: tree.leafCount + 1, of: ledgerID)
        self.tree = tree
    }

    /// Begins empty: the events are all hashed again, and no stored node is trusted.
    package init(recomputing storage: S) {
        self.storage = storage
        ledgerID = nil
        cursor = EventCursor(storage, from: 1)
    }

    /// The sequence up to which the tree goes.
    package var sequence: UInt64 { tree.leafCount }

    /// The nodes that cover 256 events each.
    var blocks: [MerkleHash] { tree.blocks }

    /// Reads and adds the next events up to a durable sequence, at most `countMax`.
    package mutating func advance(to limit: UInt64, countMax: UInt64 = .max) throws(LedgerError) {
        var count: UInt64 = 0
        while count < countMax, let event = try cursor.next(upTo: limit) {
            tree.append(leaf: hasher.hash(event))
            count += 1
        }
    }

    /// Adds the next event, which the caller has read already.
    ///
    /// Do not call `advance` afterwards: its cursor has not moved, so it would add the same event again.
    package mutating func append(_ event: Event) {
        precondition(event.sequence == sequence + 1, "events come in order")
        tree.append(leaf: hasher.hash(event))
    }

    /// Adds the next events by their hashes; as after `append(_:)`, do not call `advance` afterwards.
    mutating func append(_ leaves: MerkleStretch) { tree.append(leaves) }

    /// The root over the first `sequence` events.
    package func root(at sequence: UInt64) throws(LedgerError) -> MerkleHash {
        try tree.root(at: sequence) { (range) throws(LedgerError) in try leaves(range) }
    }

    /// The audit path of an event in the tree of the first `size` events (RFC 6962, section 2.1.1).
    ///
    /// Reads the event's block of at most 256 events, unless the previous call read the same block. If `size` ends
    /// inside another complete block, reads up to 255 events of that one too.
    package mutating func inclusionPath(of sequence: UInt64, at size: UInt64) throws(LedgerError) -> [MerkleHash] {
        let start = (sequence - 1) / UInt64(MerkleTree.blockLeafCount) * UInt64(MerkleTree.blockLeafCount)
        let block = start..<min(start + UInt64(MerkleTree.blockLeafCount), tree.leafCount)
        if readBlock?.range != block { readBlock = (block, try leaves(block)) }
        let known = readBlock?.leaves ?? []
        return try tree.inclusionPath(of: sequence - 1, at: size) { (range) throws(LedgerError) in
            guard block.contains(range.lowerBound), range.upperBound <= block.upperBound else {
                return try leaves(range)
            }
            return Array(known[Int(range.lowerBound - start)..<Int(range.upperBound - start)])
        }
    }

    /// The proof that the tree as far as it goes extends that of the first `sequence` events (RFC 6962, section 2.1.2).
    package func consistencyPath(from sequence: UInt64) throws(LedgerError) -> [MerkleHash] {
        guard sequence > 0 else { return [] }
        return try tree.consistencyPath(from: sequence, to: tree.leafCount) { (range) throws(LedgerError) in
            try leaves(range)
        }
    }

    private func leaves(_ range: Range<UInt64>) throws(LedgerError) -> [MerkleHash] {
        var cursor = EventCursor(storage, from: range.lowerBound + 1, of: ledgerID)
        var leaves: [MerkleHash] = []
        var hasher = LeafHasher()
        while let event = try cursor.next(upTo: range.upperBound) { leaves.append(hasher.hash(event)) }
        return leaves
    }
}
