import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `Merkle tree of a log` {
    private static let eventCount: UInt64 = 1000
    private let log: LogOfSegments
    private let storage: PosixStorage
    private let ledgerID: EventID

    init() throws {
        log = try LogOfSegments(eventCount: Self.eventCount)
        storage = PosixStorage(directory: log.directory.path)
        ledgerID = try LedgerReader(opening: log.directory.path).ledgerID
        // The maintenance thread may have ended before it reached the last events: store all whole blocks.
        var tree = LogTree(recomputing: storage)
        try tree.advance(to: Self.eventCount)
        var file = try TreeFile(storage, ledgerID, continuingAfter: 0)
        try file.append(tree.blocks[...])
    }

    /// The root that the stored nodes give, and the number of used nodes.
    private func kept(at sequence: UInt64 = eventCount) throws -> (root: MerkleHash, blockCount: Int) {
        var tree = try LogTree(storage, ledgerID, upTo: Self.eventCount)
        let blockCount = tree.blocks.count
        try tree.advance(to: Self.eventCount)
        return (try tree.root(at: sequence), blockCount)
    }

    private func recomputed(at sequence: UInt64 = eventCount) throws -> MerkleHash {
        var tree = LogTree(recomputing: storage)
        try tree.advance(to: sequence)
        return try tree.root(at: sequence)
    }

    @Test(arguments: [0, 1, 255, 256, 257, 511, 512, 768, 999, 1000] as [UInt64])
    func `the stored nodes give the root of the events, at older sizes too`(sequence: UInt64) throws {
        let kept = try kept(at: sequence)
        #expect(kept.blockCount == 3)
        #expect(try kept.root == recomputed(at: sequence))
    }

    @Test(arguments: [(0, 0), (20, 0), (36, 1), (100, 2)])
    func `a truncated file gives the same root`(byteCount: Int, blockCount: Int) throws {
        try log.directory.damaged(TreeFile<PosixStorage>.fileName).truncate(to: byteCount)
        let kept = try kept()
        #expect(kept.blockCount == blockCount)
        #expect(try kept.root == recomputed())
    }

    @Test(arguments: [(3, 0), (34, 0), (40, 1), (107, 2)])
    func `nodes after a flipped bit are ignored, and the root is the same`(offset: Int, blockCount: Int) throws {
        try log.directory.damaged(TreeFile<PosixStorage>.fileName).flipBit(at: offset)
        let kept = try kept()
        #expect(kept.blockCount == blockCount)
        #expect(try kept.root == recomputed())
    }

    @Test func `a missing file, one with swapped entries and one of another ledger give the same root`() throws {
        let file = log.directory.damaged(TreeFile<PosixStorage>.fileName)
        let bytes = try file.bytes()
        let size = TreeFile<PosixStorage>.entryByteCount
        try file.replace(Array(bytes[size..<(2 * size)] + bytes[..<size] + bytes[(2 * size)...]))
        #expect(try kept() == (recomputed(), 0))

        var foreign = try TreeFile(storage, EventID(high: 1, low: 1), continuingAfter: 0)
        try foreign.append([MerkleTree.hash(of: [1])][...])
        #expect(try kept() == (recomputed(), 0))

        try file.remove()
        #expect(try kept() == (recomputed(), 0))
    }

    @Test func `a writer repairs a damaged file and continues with it`() throws {
        try log.directory.damaged(TreeFile<PosixStorage>.fileName).flipBit(at: 40)
        var tree = try LogTree(storage, ledgerID, upTo: Self.eventCount)
        let count = tree.blocks.count
        try tree.advance(to: Self.eventCount)
        var file = try TreeFile(storage, ledgerID, continuingAfter: count)
        try file.append(tree.blocks[file.count...])
        #expect(try kept() == (recomputed(), 3))
    }

    @Test func `nodes beyond the durable events are not used`() throws {
        let tree = try LogTree(storage, ledgerID, upTo: 767)
        #expect(tree.sequence == 512)
    }
}

extension MerkleTree {
    /// The hash of one leaf.
    fileprivate static func hash(of record: [UInt8]) -> MerkleHash { MerkleHasher.leaf(record.span) }
}
