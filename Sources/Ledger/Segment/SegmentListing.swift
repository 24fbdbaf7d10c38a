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
