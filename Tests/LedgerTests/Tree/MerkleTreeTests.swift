import LedgerTestSupport
import Testing

@testable import Ledger

@Suite struct `Merkle tree` {
    /// The leaves and roots with which implementations of RFC 6962 for Certificate Transparency are tested.
    private static let leaves: [[UInt8]] = [
        [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43], Array(0x50...0x57),
        Array(0x60...0x6F),
    ]

    @Test(arguments: [
        (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        (4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        (5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        (6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        (7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ])
    func `the root over known leaves is the known root`(size: Int, root: String) throws {
        var tree = MerkleTree()
        for leaf in Self.leaves { tree.append(leaf: MerkleProof.leaf(leaf)) }
        #expect(try tree.root(at: UInt64(size)) { _ in [] }.description == root)
    }

    @Test func `the root at every size, current or older, is that of the definition`() throws {
        let count = 1000
        var tree = MerkleTree()
        let hashes = (0..<count).map { MerkleProof.leaf([UInt8($0 & 255), UInt8($0 >> 8)]) }
        var definition = Definition(hashes)
        let expected = (0...count).map { definition.root(0..<$0) }
        for size in 1...count {
            tree.append(leaf: hashes[size - 1])
            #expect(try tree.root(at: UInt64(size)) { _ in [] } == expected[size])
        }
        for size in 0...count {
            let root = try tree.root(at: UInt64(size)) { Array(hashes[Int($0.lowerBound)..<Int($0.upperBound)]) }
            #expect(root == expected[size])
        }
    }

    @Test(arguments: [1, 7, 200, 256, 300, 700])
    func `stretches of leaves, hashed apart, stand for their leaves`(countMax: UInt64) throws {
        let hashes = (0..<3000).map { MerkleProof.leaf([UInt8($0 & 255), UInt8($0 >> 8)]) }
        let leaves = { (range: Range<UInt64>) in Array(hashes[Int(range.lowerBound)..<Int(range.upperBound)]) }
        var random = SeededGenerator(seed: countMax)
        var tree = MerkleTree()
        var grown = MerkleTree()
        while tree.leafCount < 3000 {
            let end = min(3000, tree.leafCount + random.next(below: countMax + 1))
            let next = leaves(tree.leafCount..<end)
            tree.append(MerkleStretch(after: tree.leafCount, next))
            for leaf in next { grown.append(leaf: leaf) }
            #expect(tree.blocks == grown.blocks)
            for size in [end, end - min(end, random.next(below: 600))] {
                #expect(try tree.root(at: size, leaves: leaves) == grown.root(at: size, leaves: leaves))
            }
        }
        // Single leaves can follow.
        let more = MerkleProof.leaf([1])
        tree.append(leaf: more)
        grown.append(leaf: more)
        #expect(try tree.root(at: 3001, leaves: leaves) == grown.root(at: 3001, leaves: leaves))
    }

    @Test func `blocks whose nodes are known stand for their leaves`() throws {
        var grown = MerkleTree()
        let hashes = (0..<700).map { MerkleProof.leaf([UInt8($0 & 255), UInt8($0 >> 8)]) }
        for hash in hashes { grown.append(leaf: hash) }
        var tree = MerkleTree()
        for block in grown.blocks { tree.append(block: block) }
        for hash in hashes[512...] { tree.append(leaf: hash) }
        #expect(tree.leafCount == 700)
        for size in [256, 300, 512, 513, 700] as [UInt64] {
            let leaves = { (range: Range<UInt64>) in Array(hashes[Int(range.lowerBound)..<Int(range.upperBound)]) }
            #expect(try tree.root(at: size, leaves: leaves) == grown.root(at: size, leaves: leaves))
        }
    }

    /// RFC 6962, section 2.1, word for word, with a cache of computed nodes.
    private struct Definition: ~Copyable {
        private let leaves: [MerkleHash]
        private var known: [Range<Int>: MerkleHash] = [:]

        init(_ leaves: [MerkleHash]) {
            self.leaves = leaves
        }

        mutating func root(_ range: Range<Int>) -> MerkleHash {
            if range.isEmpty { return MerkleHasher.empty() }
            if range.count == 1 { return leaves[range.lowerBound] }
            if let root = known[range] { return root }
            var half = 1
            while half * 2 < range.count { half *= 2 }
            let middle = range.lowerBound + half
            let root = MerkleHasher.node(self.root(range.lowerBound..<middle), self.root(middle..<range.upperBound))
            known[range] = root
            return root
        }
    }
}
