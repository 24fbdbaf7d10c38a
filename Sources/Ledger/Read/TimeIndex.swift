package import TradeModel

extension LogReader {
    /// The last sequence up to `durable` whose event was recorded at a time or before; 0 where there is none.
    ///
    /// The time of recording never goes back, so this is a search: over the segments, in a sealed one over its blocks,
    /// and then over the frames of one block or one plain segment.
    package func lastSequence(recordedUpTo time: Timestamp, durable: UInt64) throws(LedgerError) -> UInt64 {
        let names = try SegmentCatalog(storage).names.filter { $0.firstSequence <= durable }
        var (low, high) = (0, names.count)
        while low < high {
            let middle = (low + high) / 2
            var cursor = cursor(from: names[middle].firstSequence)
            if let first = try cursor.next(upTo: durable), first.recordedAt <= time {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low > 0 else { return 0 }
        var cursor = cursor(from: names[low - 1].firstSequence)
        try cursor.skip(towards: time)
        var last = names[low - 1].firstSequence
        while let event = try cursor.next(upTo: durable), event.recordedAt <= time { last = event.sequence }
        return last
    }
}
