/// Merges several adjacent index runs into one, with one bucket of each in memory.
struct Compaction<S: Storage> {
    let storage: S
    let runs: [IndexRun<S>]

    private static var entriesBetweenQuestions: Int { 1 << 14 }

    /// How many of the last runs to merge, given the number of events in each; nil if none.
    ///
    /// At least four, the first no larger than the others together: this keeps the number of runs and the write
    /// amplification low.
    static func dueCount(_ eventCounts: [UInt64]) -> Int? {
        var laterCount: UInt64 = 0
        var dueCount: Int?
        for (index, count) in eventCounts.reversed().enumerated() {
            guard laterCount + count < IndexRunHeader.eventCountMax else { break }
            if index + 1 >= runCountMin, count <= laterCount { dueCount = index + 1 }
            laterCount += count
        }
        return dueCount
    }

    private static var runCountMin: Int { 4 }

    /// Writes the run that replaces all of them; false if `isCancelled` returned true meanwhile.
    func run(isCancelled: () -> Bool) throws(LedgerError) -> Bool {
        let (first, last) = (runs[0].header, runs[runs.count - 1].header)
        var writer = try IndexRunWriter(
            storage,
            IndexRunHeader(
                ledgerID: first.ledgerID,
                sequences: first.sequences.lowerBound...last.sequences.upperBound,
                entryCount: runs.reduce(0) { $0 + $1.header.entryCount },
                // A fingerprint that several runs have counts more than once.
                keyCount: runs.reduce(0) { $0 + $1.header.keyCount },
                skippedCount: runs.reduce(0) { $0 + $1.header.skippedCount },
                idTimeEnd: runs.reduce(0) { max($0, $1.header.idTimeEnd) },
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
        var least: (index: Int, entry: IndexEntry)?
        for (index, cursor) in cursors.enumerated() {
            guard let entry = cursor.entry else { continue }
            if let known = least, known.entry < entry { continue }
            least = (index, entry)
        }
        return least?.index
    }

    /// A place in one of the runs.
    private struct Cursor {
        let run: IndexRun<S>
        private var bucket = 0
        private var entries: [IndexEntry] = []
        private var index = 0
        /// The entry here; nil after the last.
        private(set) var entry: IndexEntry?

        init(run: IndexRun<S>) {
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
