import Testing

@testable import Ledger

@Suite struct `Proofs of a Merkle tree` {
    private static let count: UInt64 = 600
    private let tree: Tree

    init() {
        tree = Tree(Self.count)
    }

    /// A tree over leaves that differ, and the leaves.
    private final class Tree {
        var tree = MerkleTree()
        let hashes: [MerkleHash]

        init(_ count: UInt64) {
            hashes = (0..<count).map { MerkleProof.leaf([UInt8($0 & 255), UInt8($0 >> 8)]) }
            for hash in hashes { tree.append(leaf: hash) }
        }

        func leaves(_ range: Range<UInt64>) -> [MerkleHash] {
            Array(hashes[Int(range.lowerBound)..<Int(range.upperBound)])
        }

        func root(_ size: UInt64) throws -> MerkleHash { try tree.root(at: size, leaves: leaves) }

        func inclusion(_ index: UInt64, _ size: UInt64) throws -> [MerkleHash] {
            try tree.inclusionPath(of: index, at: size, leaves: leaves)
        }

        func consistency(_ old: UInt64, _ size: UInt64) throws -> [MerkleHash] {
            try tree.consistencyPath(from: old, to: size, leaves: leaves)
        }
    }

    /// The example of RFC 6962, section 2.1.3: a tree of seven leaves.
    @Test func `match the example in RFC 6962`() throws {
        let leaves = (0..<7).map { MerkleProof.leaf([UInt8($0)]) }
        var seven = MerkleTree()
        for leaf in leaves { seven.append(leaf: leaf) }
        let (a, b, c, d) = (leaves[0], leaves[1], leaves[2], leaves[3])
        let (e, f, j) = (leaves[4], leaves[5], leaves[6])
        let (g, h, i) = (MerkleHasher.node(a, b), MerkleHasher.node(c, d), MerkleHasher.node(e, f))
        let (k, l) = (MerkleHasher.node(g, h), MerkleHasher.node(i, j))
        let none = { (_: Range<UInt64>) -> [MerkleHash] in [] }
        #expect(try seven.root(at: 7, leaves: none) == MerkleHasher.node(k, l))
        #expect(try seven.inclusionPath(of: 0, at: 7, leaves: none) == [b, h, l])
        #expect(try seven.inclusionPath(of: 3, at: 7, leaves: none) == [c, g, l])
        #expect(try seven.inclusionPath(of: 4, at: 7, leaves: none) == [f, j, k])
        #expect(try seven.inclusionPath(of: 6, at: 7, leaves: none) == [i, k])
        #expect(try seven.consistencyPath(from: 3, to: 7, leaves: none) == [c, d, g, l])
        #expect(try seven.consistencyPath(from: 4, to: 7, leaves: none) == [l])
        #expect(try seven.consistencyPath(from: 6, to: 7, leaves: none) == [i, j, k])
    }

    @Test(arguments: [1, 2, 3, 7, 8, 33, 255, 256, 257, 511, 512, 513, 600] as [UInt64])
    func `lead from leaves to the root, at older sizes too`(size: UInt64) throws {
        let root = try tree.root(size)
        for index in stride(from: 0, to: size, by: size < 40 ? 1 : 7) {
            let path = try tree.inclusion(index, size)
            let leaf = tree.hashes[Int(index)]
            #expect(MerkleProof.root(ofLeaf: leaf, at: index, size: size, path: path) == root)
            #expect(MerkleProof.root(ofLeaf: leaf, at: index ^ 1, size: size, path: path) != root)
            #expect(MerkleProof.root(ofLeaf: leaf, at: index, size: size, path: path + [leaf]) == nil)
            if !path.isEmpty {
                #expect(MerkleProof.root(ofLeaf: leaf, at: index, size: size, path: path.dropLast()) == nil)
                #expect(MerkleProof.root(ofLeaf: root, at: index, size: size, path: path) != root)
            }
        }
        #expect(MerkleProof.root(ofLeaf: root, at: size, size: size, path: []) == nil)
    }

    @Test(arguments: [1, 2, 5, 8, 255, 256, 257, 511, 512, 599, 600] as [UInt64])
    func `show that a tree extends older ones, and no other tree`(size: UInt64) throws {
        let root = try tree.root(size)
        for old in stride(from: 1, through: size, by: size < 40 ? 1 : 5) {
            let oldRoot = try tree.root(old)
            let path = try tree.consistency(old, size)
            #expect(MerkleProof.isConsistent(oldRoot, old, root, size, path: path))
            let other = tree.hashes[0]
            #expect(!MerkleProof.isConsistent(other, old, root, size, path: path) || oldRoot == other)
            #expect(!MerkleProof.isConsistent(oldRoot, old, other, size, path: path) || root == other)
            #expect(!MerkleProof.isConsistent(oldRoot, old, root, size, path: path + [other]))
            if !path.isEmpty { #expect(!MerkleProof.isConsistent(oldRoot, old, root, size, path: path.dropLast())) }
        }
    }

    @Test func `show that every tree extends the empty one, and that none extends a longer one`() throws {
        let (empty, root) = try (tree.root(0), tree.root(5))
        #expect(MerkleProof.isConsistent(empty, 0, root, 5, path: []))
        #expect(MerkleProof.isConsistent(empty, 0, empty, 0, path: []))
        #expect(!MerkleProof.isConsistent(root, 0, root, 5, path: []))
        #expect(!MerkleProof.isConsistent(root, 5, empty, 0, path: []))
        #expect(!MerkleProof.isConsistent(root, 5, try tree.root(6), 6, path: []))
    }
}
