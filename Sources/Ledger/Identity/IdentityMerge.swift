/// Makes one identity run out of several that lie side by side, a bucket of each in memory.
struct IdentityMerge<S: Storage> {
    let storage: S
    let runs: [IdentityRun<S>]

    private static var entriesBetweenQuestions: Int { 1 << 14 }

    /// The runs at the end of a cover that are to become one, so that there are few, and no entry is written often:
    /// at least four, of which the first is no larger than the others together.
    static func due(_ runs: [IdentityRun<S>]) -> ArraySlice<IdentityRun<S>>? {
        var laterCount: UInt64 = 0
        var due: ArraySlice<IdentityRun<S>>?
        for index in runs.indices.reversed() {
            let count = runs[index].header.eventCount
            guard laterCount + count < IdentityRunHeader.eventCountMax else { break }
            if runs.count - index >= runCountMin, count <= laterCount { due = runs[index...] }
            laterCount += count
        }
        return due
    }

    private static var runCountMin: Int { 4 }

    /// Writes the run that takes the place of all; false where `isCancelled` said so on the way.
    func run(isCancelled: () -> Bool) throws(LedgerError) -> Bool {
        let (first, last) = (runs[0].header, runs[runs.count - 1].header)
        var writer = try IdentityRunWriter(
            storage,
            IdentityRunHeader(
                ledgerID: first.ledgerID,
                sequences: first.sequences.lowerBound...last.sequences.upperBound,
                entryCount: runs.reduce(0) { $0 + $1.header.entryCount },
                openedCount: runs.reduce(0) { $0 + $1.header.openedCount },
                endChecksum: last.endChecksum
            )
        )
        var cursors = runs.map { Cursor(run: $0) }
        for index in cursors.indices { try cursors[index].advance() }
        var count = 0
        while let least = Self.least(cursors), let entry = cursors[least].entry {
            try writer.append(entry)
            try cursors[least].advance()
            count += 1
            if count.isMultiple(of: Self.entriesBetweenQuestions), isCancelled() { return false }
        }
        try writer.finish()
        return true
    }

    private static func least(_ cursors: [Cursor]) -> Int? {
        var least: (index: Int, entry: IdentityEntry)?
        for (index, cursor) in cursors.enumerated() {
            guard let entry = cursor.entry else { continue }
            if let known = least, known.entry < entry { continue }
            least = (index, entry)
        }
        return least?.index
    }

    /// A place in one of the runs.
    private struct Cursor {
        let run: IdentityRun<S>
        private var bucket = 0
        private var entries: [IdentityEntry] = []
        private var index = 0
        /// The entry here; nil behind the last.
        private(set) var entry: IdentityEntry?

        init(run: IdentityRun<S>) {
            self.run = run
        }

        mutating func advance() throws(LedgerError) {
            while index == entries.count {
                guard bucket < run.bucketCount else {
                    entry = nil
                    return
                }
                entries = try run.entries(ofBucket: bucket)
                bucket += 1
                index = 0
            }
            entry = entries[index]
            index += 1
        }
    }
}
