/// Copies the segments that hold some events of a log, for people who read them without a ledger.
package struct LogExcerpt<S: Storage> {
    private let copy: LogCopy<S>

    /// An excerpt of a log that is durable up to a sequence, in a directory that holds nothing.
    package init(of log: LogReader<S>, in destination: S, durableSequence: UInt64) {
        copy = LogCopy(
            files: FileCopy(source: log.storage, destination: destination),
            ledgerID: log.ledgerID,
            durableSequence: durableSequence
        )
    }

    /// Copies whole segments, each checked, and returns the events that they hold, which are those of the range and
    /// what else is in their segments.
    ///
    /// `onProgress` receives the last sequence copied. O(bytes of the segments).
    package func run(
        holding sequences: ClosedRange<UInt64>,
        _ onProgress: (UInt64) -> Void
    ) throws(LedgerError) -> ClosedRange<UInt64> {
        do throws(LedgerError) { return try copySegments(holding: sequences, onProgress) } catch {
            throw error.explained(by: copy.files.source)
        }
    }

    private func copySegments(
        holding sequences: ClosedRange<UInt64>,
        _ onProgress: (UInt64) -> Void
    ) throws(LedgerError) -> ClosedRange<UInt64> {
        var (first, next): (UInt64?, UInt64) = (nil, sequences.lowerBound)
        var lastChecksum: UInt32?
        while next <= sequences.upperBound {
            let segment = try copy.whileFilesGo { () throws(LedgerError) in
                let segment = try copy.segment(of: next)
                // Nothing before the first one is checked here, because the checkpoint's tree covers it.
                let before = if let lastChecksum { lastChecksum } else { try copy.previousChecksum(of: segment) }
                lastChecksum = try copy.copy(segment, after: before)
                return segment
            }
            first = first ?? segment.name.firstSequence
            next = segment.endSequence
            onProgress(next - 1)
        }
        return (first ?? sequences.lowerBound)...(next - 1)
    }
}
