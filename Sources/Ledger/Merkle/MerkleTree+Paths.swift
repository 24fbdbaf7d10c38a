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

    /// Where the left half of a range ends: it is the largest power of two that is less than the count.
    private static func middle(of range: Range<UInt64>) -> UInt64 {
        let largest = UInt64(range.count) - 1
        return range.lowerBound + 1 << (UInt64.bitWidth - 1 - largest.leadingZeroBitCount)
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
