/// A place in the log: a segment and an offset in it, in bytes.
struct LogPosition: Hashable {
    let segment: SegmentName
    let offset: Int
}

/// Where the newest events lie in the log, sparsely: one entry about every `stride` bytes, 24 bytes each, for a
/// gigabyte at most.
struct SequenceIndex {
    private struct Entry {
        let sequence: UInt64
        let position: LogPosition
    }

    private static let stride = 16 << 10
    private static let entryCountMax = 1 << 16
    private var entries: [Entry] = []

    /// Records a frame; frames come in the order of the log.
    mutating func note(firstSequence: UInt64, at position: LogPosition) {
        if let last = entries.last, last.position.segment == position.segment,
            position.offset - last.position.offset < Self.stride
        {
            return
        }
        // Positions that are dropped can be found by the names of the segments.
        if entries.count == Self.entryCountMax { entries.removeFirst(Self.entryCountMax / 2) }
        entries.append(Entry(sequence: firstSequence, position: position))
    }

    /// A frame that begins at or before a sequence, with not much between; nil before the first that is known.
    ///
    /// O(log entries).
    func position(before sequence: UInt64) -> LogPosition? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].sequence <= sequence { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : entries[low - 1].position
    }
}
