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
        let nodes = isPowerOfTwo ? [oldRoot] + path : path
        guard let first = nodes.first, !path.isEmpty else { return false }
        var place = Place(index: oldSize - 1, last: size - 1)
        while place.index & 1 == 1 { place.climb() }
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
