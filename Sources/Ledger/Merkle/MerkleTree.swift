import TradeModel

/// The Merkle tree of RFC 6962, section 2.1, over the events of a log in order.
///
/// It keeps the nodes that cover 256 leaves and more, 64 bytes for every 256 events, and all nodes after the last of
/// those; so the root at its own size costs about thirty hashes, and the root at an older size asks for 255 leaves at
/// most.
struct MerkleTree: ~Copyable {
    /// Leaves under a node of the lowest level that is kept.
    static let blockLeafCount = 256
    fileprivate static let blockLevel = 8

    /// How many leaves the tree has.
    private(set) var leafCount: UInt64 = 0
    /// `levels[i]` holds the complete nodes that cover 2^(8+i) leaves, from the first leaf on.
    private var levels: [[MerkleHash]] = []
    /// `pending[i]` holds the complete nodes that cover 2^i leaves after the last complete block.
    private var pending = [[MerkleHash]](repeating: [], count: Self.blockLevel)

    /// The nodes that cover one block each, in order.
    var blocks: [MerkleHash] { levels.first ?? [] }

    /// Adds the next leaf.
    ///
    /// Amortised O(1).
    mutating func append(leaf: MerkleHash) {
        leafCount += 1
        var node = leaf
        for level in pending.indices {
            pending[level].append(node)
            let count = pending[level].count
            guard count.isMultiple(of: 2) else { return }
            node = MerkleHasher.node(pending[level][count - 2], node)
        }
        addNode(node, level: 0)
        for level in pending.indices { pending[level].removeAll(keepingCapacity: true) }
    }

    /// Adds the leaves of the next events, and the nodes that were computed with them.
    ///
    /// Computes only the nodes over leaves on both sides of where the events begin: one in each level at most.
    mutating func append(_ stretch: MerkleStretch) {
        precondition(stretch.firstLeaf == leafCount, "events come in order")
        pending[0] += stretch.levels[0]
        leafCount += UInt64(stretch.levels[0].count)
        for level in 1...Self.blockLevel {
            var nodes = stretch.levels[level][...]
            let known = level < Self.blockLevel ? pending[level].count : 0
            if known + nodes.count < pending[0].count >> level {
                let (left, right) = (pending[level - 1][2 * known], pending[level - 1][2 * known + 1])
                nodes = [MerkleHasher.node(left, right)] + nodes
            }
            if level < Self.blockLevel {
                pending[level] += nodes
            } else {
                for node in nodes { addNode(node, level: 0) }
            }
        }
        let blockCount = pending[0].count / Self.blockLeafCount
        for level in pending.indices { pending[level].removeFirst(blockCount << (Self.blockLevel - level)) }
    }

    /// Adds a block whose node is known, instead of its leaves.
    ///
    /// Only where no leaf is pending.
    mutating func append(block: MerkleHash) {
        precondition(pending[0].isEmpty, "a block follows whole blocks")
        leafCount += UInt64(Self.blockLeafCount)
        addNode(block, level: 0)
    }

    /// The root of the tree that the first `size` leaves make.
    ///
    /// `leaves` returns the hashes of a range of leaves, counted from 0. It is called only if `size` ends inside a
    /// complete block, because the tree no longer has the leaves of such a block; it is then asked for at most 255.
    func root(
        at size: UInt64,
        leaves: (Range<UInt64>) throws(LedgerError) -> [MerkleHash]
    ) throws(LedgerError) -> MerkleHash {
        precondition(size <= leafCount, "the tree has \(leafCount) leaves, not \(size)")
        return size == 0 ? MerkleHasher.empty() : try root(of: 0..<size, leaves: leaves)
    }

    /// The root of the subtree over a range of leaves.
    ///
    /// Only for a range that RFC 6962 uses as a subtree: it begins at a multiple of the largest power of two that is
    /// not greater than its count.
    func root(
        of range: Range<UInt64>,
        leaves: (Range<UInt64>) throws(LedgerError) -> [MerkleHash]
    ) throws(LedgerError) -> MerkleHash {
        let count = range.upperBound - range.lowerBound
        let partialStart = range.upperBound - count % UInt64(Self.blockLeafCount)
        let pendingStart = leafCount - UInt64(pending[0].count)
        let isPending = partialStart >= pendingStart
        let isRead = partialStart < range.upperBound && !isPending
        var partial = isRead ? try leaves(partialStart..<range.upperBound)[...] : []
        // The binary digits of the count name the perfect trees it is made of, the largest first.
        var roots: [MerkleHash] = []
        var start = range.lowerBound
        for level in stride(from: UInt64.bitWidth - 1, through: 0, by: -1) where count >> level & 1 == 1 {
            if level >= Self.blockLevel {
                roots.append(levels[level - Self.blockLevel][Int(start >> level)])
            } else if isPending {
                roots.append(pending[level][Int((start - pendingStart) >> level)])
            } else {
                roots.append(perfectRoot(partial.prefix(1 << level)))
                partial = partial.dropFirst(1 << level)
            }
            start += 1 << level
        }
        // The smallest tree is on the right: join it to the one before it, and the result to the one before that.
        return roots.dropLast().reversed().reduce(roots[roots.count - 1]) { MerkleHasher.node($1, $0) }
    }

    private mutating func addNode(_ node: MerkleHash, level: Int) {
        if levels.count == level { levels.append([]) }
        levels[level].append(node)
        let count = levels[level].count
        if count.isMultiple(of: 2) {
            addNode(MerkleHasher.node(levels[level][count - 2], node), level: level + 1)
        }
    }

    /// The root over leaves whose count is a power of two.
    private func perfectRoot(_ leaves: ArraySlice<MerkleHash>) -> MerkleHash {
        var nodes = Array(leaves)
        while nodes.count > 1 {
            nodes = stride(from: 0, to: nodes.count, by: 2).map { MerkleHasher.node(nodes[$0], nodes[$0 + 1]) }
        }
        return nodes[0]
    }
}

/// The leaves of events in a row, and all nodes up to those of blocks that cover only these leaves.
///
/// Computed without the tree, so that several threads can hash stretches of one log at the same time.
struct MerkleStretch: Sendable {
    /// How many leaves come before.
    let firstLeaf: UInt64
    /// `levels[i]` holds the nodes that cover 2^i leaves, counted from the first leaf of the log.
    fileprivate let levels: [[MerkleHash]]

    init(after firstLeaf: UInt64, _ leaves: [MerkleHash]) {
        self.firstLeaf = firstLeaf
        var levels = [leaves]
        // The place of the level's first node among all nodes of that level.
        var first = firstLeaf
        for _ in 0..<MerkleTree.blockLevel {
            let nodes = levels[levels.count - 1]
            // A right child at the front belongs to a node that begins before.
            let start = first.isMultiple(of: 2) ? 0 : 1
            levels.append(
                stride(from: start, to: nodes.count - 1, by: 2).map { MerkleHasher.node(nodes[$0], nodes[$0 + 1]) }
            )
            first = (first + 1) / 2
        }
        self.levels = levels
    }
}

/// The proofs of RFC 6962 over a tree: few nodes from which others compute its root.
extension MerkleTree {
    /// The audit path of a leaf, counted from 0, in the tree of the first `size` leaves (section 2.1.1): its sibling
    /// first, a child of the root last.
    ///
    /// `leaves` is as for `root(at:leaves:)`.
    func inclusionPath(
        of index: UInt64,
        at size: UInt64,
        leaves: (Range<UInt64>) throws(LedgerError) -> [MerkleHash]
    ) throws(LedgerError) -> [MerkleHash] {
        precondition(index < size && size <= leafCount, "leaf \(index) lies in the tree of \(size) leaves")
        var (range, path): (Range<UInt64>, [MerkleHash]) = (0..<size, [])
        while range.count > 1 {
            let middle = Self.middle(of: range)
            let isLeft = index < middle
            let (own, other) = Self.halves(of: range, at: middle, isLeft: isLeft)
            path.append(try root(of: other, leaves: leaves))
            range = own
        }
        return path.reversed()
    }

    /// The proof that the tree of the first `size` leaves extends that of the first `oldSize`, which is not empty
    /// (section 2.1.2).
    func consistencyPath(
        from oldSize: UInt64,
        to size: UInt64,
        leaves: (Range<UInt64>) throws(LedgerError) -> [MerkleHash]
    ) throws(LedgerError) -> [MerkleHash] {
        precondition(oldSize > 0 && oldSize <= size && size <= leafCount, "\(oldSize) leaves come before \(size)")
        var (range, path): (Range<UInt64>, [MerkleHash]) = (0..<size, [])
        // If the old tree is a node of the new one, the verifier already knows its root.
        var isOldRoot = true
        while range.upperBound != oldSize {
            let middle = Self.middle(of: range)
            let isLeft = oldSize <= middle
            let (own, other) = Self.halves(of: range, at: middle, isLeft: isLeft)
            path.append(try root(of: other, leaves: leaves))
            range = own
            isOldRoot = isOldRoot && isLeft
        }
        if !isOldRoot { path.append(try root(of: range, leaves: leaves)) }
        return path.reversed()
    }

    /// Where the left subtree of a range ends: its count is the largest power of two less than the range's count.
    private static func middle(of range: Range<UInt64>) -> UInt64 {
        let lastIndex = UInt64(range.count) - 1
        // In Swift, `<<` binds tighter than `+`.
        return range.lowerBound + 1 << (UInt64.bitWidth - 1 - lastIndex.leadingZeroBitCount)
    }

    private static func halves(
        of range: Range<UInt64>,
        at middle: UInt64,
        isLeft: Bool
    ) -> (own: Range<UInt64>, other: Range<UInt64>) {
        let (left, right) = (range.lowerBound..<middle, middle..<range.upperBound)
        return isLeft ? (left, right) : (right, left)
    }
}

/// The nodes of the Merkle tree that cover 256 events each, kept so that a root need not hash the whole log.
///
/// The file is a cache: each entry's checksum binds it to its ledger and its place, a torn or damaged entry ends it,
/// and what is missing is computed from the log. Nodes are only kept for durable events, which never change.
struct TreeFile<S: Storage>: ~Copyable {
    static var fileName: String { "merkle.nodes" }
    static var entryByteCount: Int { MerkleHash.byteCount + 4 }

    private let file: OpenFile<S>
    private let ledgerID: EventID
    /// How many nodes the file holds.
    private(set) var count: Int

    /// The nodes that a ledger's file holds, as far as it is intact; none where there is no file.
    static func read(_ storage: S, _ ledgerID: EventID) throws(LedgerError) -> [MerkleHash] {
        let names = try storage.list()
        guard names.contains(fileName) else { return [] }
        let file = try OpenFile(storage, fileName, .reading)
        let bytes = try file.bytes(0..<(try file.byteCount()))
        var nodes: [MerkleHash] = []
        while (nodes.count + 1) * entryByteCount <= bytes.count {
            let entry = bytes[(nodes.count * entryByteCount)..<((nodes.count + 1) * entryByteCount)]
            guard let node = MerkleHash(entry.prefix(MerkleHash.byteCount)),
                entry.elementsEqual(encode(node, index: nodes.count, ledgerID))
            else { break }
            nodes.append(node)
        }
        return nodes
    }

    /// Opens the file for appending after the first `count` nodes, which are intact.
    init(_ storage: S, _ ledgerID: EventID, continuingAfter count: Int) throws(LedgerError) {
        self.ledgerID = ledgerID
        self.count = count
        file =
            count == 0
            ? try OpenFile(creating: Self.fileName, storage) : try OpenFile(storage, Self.fileName, .readingAndWriting)
    }

    /// Adds nodes.
    ///
    /// Not flushed: nodes that a crash loses are computed again.
    mutating func append(_ nodes: ArraySlice<MerkleHash>) throws(LedgerError) {
        var bytes: [UInt8] = []
        for (index, node) in nodes.enumerated() { bytes += Self.encode(node, index: count + index, ledgerID) }
        try file.write(bytes, at: count * Self.entryByteCount)
        count += nodes.count
    }

    private static func encode(_ node: MerkleHash, index: Int, _ ledgerID: EventID) -> [UInt8] {
        var bound = node.bytes
        bound.appendLittleEndian(UInt64(index))
        ledgerID.append(to: &bound)
        var entry = node.bytes
        entry.appendLittleEndian(Checksum.crc32c(bound[...]))
        return entry
    }
}

/// Hashes events as leaves of the Merkle tree, reusing one buffer for the records.
struct LeafHasher: ~Copyable {
    private var record: [UInt8] = []

    /// The hash of the event's record.
    mutating func hash(_ event: Event) -> MerkleHash {
        record.removeAll(keepingCapacity: true)
        EventRecord.encode(event, into: &record)
        return MerkleHasher.leaf(record.span)
    }
}

/// Verifies proofs of RFC 6962 from hashes alone, as RFC 9162 describes.
package enum MerkleProof {
    /// The root that a leaf, counted from 0, and its audit path give for a tree of `size` leaves (section 2.1.3.2).
    ///
    /// Nil where no path for that place in that tree has this length.
    package static func root(
        ofLeaf leaf: MerkleHash,
        at index: UInt64,
        size: UInt64,
        path: [MerkleHash]
    ) -> MerkleHash? {
        guard index < size else { return nil }
        var place = Place(index: index, last: size - 1)
        var root = leaf
        for node in path {
            guard place.last > 0 else { return nil }
            if place.isRightOrLast {
                root = MerkleHasher.node(node, root)
                place.skipMissingSiblings()
            } else {
                root = MerkleHasher.node(root, node)
            }
            place.climb()
        }
        return place.last == 0 ? root : nil
    }

    /// Whether a path proves that the tree of `size` leaves extends that of `oldSize` leaves (section 2.1.4.2).
    package static func isConsistent(
        _ oldRoot: MerkleHash,
        _ oldSize: UInt64,
        _ root: MerkleHash,
        _ size: UInt64,
        path: [MerkleHash]
    ) -> Bool {
        guard oldSize < size else { return oldSize == size && oldRoot == root && path.isEmpty }
        // Every tree extends that of no leaves.
        guard oldSize > 0 else { return oldRoot == MerkleHasher.empty() && path.isEmpty }
        let isPowerOfTwo = oldSize & (oldSize - 1) == 0
        // Then the old root is itself the first node, and the path leaves it out because the verifier has it.
        let nodes = isPowerOfTwo ? [oldRoot] + path : path
        guard let first = nodes.first, !path.isEmpty else { return false }
        var place = Place(index: oldSize - 1, last: size - 1)
        // Start at the largest complete subtree that ends the old tree: `first` is its root.
        while place.index & 1 == 1 { place.climb() }
        // The roots of the old and of the new tree, as far as they have been computed.
        var (oldSide, side) = (first, first)
        for node in nodes.dropFirst() {
            guard place.last > 0 else { return false }
            if place.isRightOrLast {
                oldSide = MerkleHasher.node(node, oldSide)
                side = MerkleHasher.node(node, side)
                place.skipMissingSiblings()
            } else {
                side = MerkleHasher.node(side, node)
            }
            place.climb()
        }
        return place.last == 0 && oldSide == oldRoot && side == root
    }

    /// The hash of a leaf: of an event's record.
    package static func leaf(_ record: [UInt8]) -> MerkleHash { MerkleHasher.leaf(record.span) }

    /// A node on the way from a leaf to the root, and the last node of its level.
    private struct Place {
        var index: UInt64
        var last: UInt64

        /// Whether the next node of the path is a left sibling.
        var isRightOrLast: Bool { index & 1 == 1 || index == last }

        mutating func climb() {
            index >>= 1
            last >>= 1
        }

        /// Climbs over levels on which the last node has no sibling and moves up as it is.
        mutating func skipMissingSiblings() {
            while index & 1 == 0 && index != 0 { climb() }
        }
    }
}
