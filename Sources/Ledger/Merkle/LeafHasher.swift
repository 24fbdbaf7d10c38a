import TradeModel

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
