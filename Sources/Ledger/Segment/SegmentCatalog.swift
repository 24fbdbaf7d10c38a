/// The segments of a ledger in order, plain and sealed.
package struct SegmentCatalog {
    /// Each segment once, whichever files it has.
    package let names: [SegmentName]
    /// Segments that are there in plain form; a crash may have left a sealed twin beside one.
    let plain: Set<SegmentName>

    package init<S: Storage>(_ storage: S) throws(LedgerError) {
        let files = try SegmentListing(storage).files
        if files.contains(RestoreGuard<S>.fileName) {
            throw LedgerError(
                .notALedger,
                "\(storage.directory) is incomplete: a restore or replay is running or was interrupted",
                remedy: "run that `tradeledger restore` or `tradeledger replay` again"
            )
        }
        var (names, plain): (Set<SegmentName>, Set<SegmentName>) = ([], [])
        for file in files {
            guard let name = SegmentName(fileName: file) else { continue }
            names.insert(name)
            if SegmentName.Form(fileName: file) == .plain { plain.insert(name) }
        }
        self.names = names.sorted()
        self.plain = plain
        if names.isEmpty && files.contains(DurableWatermark.fileName) {
            let durable = try DurableWatermark.read(storage)
            guard durable == 0 else {
                let first = SegmentName(firstSequence: 1).fileName
                let corruption = Corruption(first, 0, "there is no segment", sequences: 1..<(durable + 1))
                throw LedgerError(corruption, in: storage.directory)
            }
        }
        if names.isEmpty && files.contains(BackupMarker.fileName) {
            throw LedgerError(
                .notALedger,
                "\(storage.directory) holds an incomplete backup",
                remedy: "run `tradeledger backup` again"
            )
        }
        guard !names.isEmpty else {
            throw LedgerError(
                .notALedger,
                "\(storage.directory) holds no ledger",
                remedy: "check --ledger, or create one with `tradeledger init`"
            )
        }
    }

    /// The segment that is written to.
    var last: SegmentName { names[names.count - 1] }

    /// Whether there is a segment that begins with that sequence.
    func contains(_ name: SegmentName) -> Bool {
        segment(holding: name.firstSequence) == name
    }

    /// The last segment that does not begin after a sequence; nil if there is none.
    func segment(holding sequence: UInt64) -> SegmentName? {
        let count = beginningCount(upTo: sequence)
        return count == 0 ? nil : names[count - 1]
    }

    /// The segment after the one that holds a sequence; nil where that is the last.
    func segment(after sequence: UInt64) -> SegmentName? {
        let count = beginningCount(upTo: sequence)
        return count == names.count ? nil : names[count]
    }

    /// How many segments begin at a sequence or before.
    private func beginningCount(upTo sequence: UInt64) -> Int {
        var (low, high) = (0, names.count)
        while low < high {
            let middle = (low + high) / 2
            if names[middle].firstSequence <= sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// The names in a ledger's directory, with those of every segment that was there when the listing began.
///
/// A plain segment can be sealed after it was listed. `SegmentImage` then opens the sealed file by the name of the
/// plain one, so a reader that lists first and opens later reads what it listed.
struct SegmentListing {
    let files: Set<String>
    /// The segments, each once, whichever files they have.
    let segments: Set<SegmentName>

    init<S: Storage>(_ storage: S) throws(LedgerError) {
        var (files, segments): (Set<String>, Set<SegmentName>) = ([], [])
        var isComplete = false
        // A directory listing can miss a segment that is being sealed: it may pass the position of the new name before
        // that exists, and reach that of the old name after that is gone. The next listing finds the new name.
        while !isComplete {
            files.formUnion(try storage.list())
            let found = Set(files.compactMap(SegmentName.init(fileName:)))
            isComplete = found.count == segments.count
            segments = found
        }
        self.files = files
        self.segments = segments
    }
}
