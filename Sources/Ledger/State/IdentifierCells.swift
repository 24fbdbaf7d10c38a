import TradeModel

/// Identifiers side by side in cells of one size, so that none of them takes an allocation of its own.
///
/// A cell is a byte with the length, then the bytes. The cells become larger when a longer identifier comes.
struct IdentifierCells: Sendable {
    private var bytes: [UInt8] = []
    private var cellByteCount = 16

    /// The identifier of a cell.
    subscript(index: Int) -> ArraySlice<UInt8> {
        let start = index * cellByteCount
        return bytes[(start + 1)...start + Int(bytes[start])]
    }

    /// Whether a cell holds these bytes.
    func holds(_ identifier: Span<UInt8>, at index: Int) -> Bool {
        let start = index * cellByteCount
        guard Int(bytes[start]) == identifier.count else { return false }
        return bytes.span.extracting((start + 1)..<(start + 1 + identifier.count)).holds(identifier)
    }

    /// Fills one more cell with an identifier of at most 255 bytes.
    mutating func append(_ identifier: Span<UInt8>) {
        precondition(identifier.count <= UInt8.max, "an identifier's length fits a byte")
        if identifier.count >= cellByteCount { widen(for: identifier.count) }
        bytes.append(addingCapacity: cellByteCount) { cell in
            cell.append(UInt8(identifier.count))
            cell.append(identifier)
            cell.append(repeating: 0, count: cell.freeCapacity)
        }
    }

    /// Removes a cell; what the last one holds takes its place.
    mutating func removeByLast(_ index: Int) {
        let (start, last) = (index * cellByteCount, bytes.count - cellByteCount)
        for offset in 0..<cellByteCount { bytes[start + offset] = bytes[last + offset] }
        bytes.removeLast(cellByteCount)
    }

    private mutating func widen(for identifierByteCount: Int) {
        var wider = IdentifierCells()
        while wider.cellByteCount <= identifierByteCount { wider.cellByteCount *= 2 }
        wider.bytes.reserveCapacity(bytes.count / cellByteCount * wider.cellByteCount)
        for index in 0..<(bytes.count / cellByteCount) { wider.append(self[index].span) }
        self = wider
    }
}
