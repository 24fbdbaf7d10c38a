import TradeModel

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
