extension SegmentScan {
    /// Throws where a segment that has a successor does not hold frames up to the one before the next segment's first,
    /// and zeros after them.
    func checkIsFinished<S: Storage>(_ storage: S, before next: SegmentName) throws(LedgerError) {
        guard brokenReason == nil, nextSequence == next.firstSequence else {
            let reason = brokenReason ?? "the segment ends here"
            throw .corruption(
                storage.directory,
                name,
                fileEndOffset,
                "\(reason) at sequence \(nextSequence), and \(next.fileName) does not go on there"
            )
        }
        guard !isSealed else { return }
        let file: OpenFile<S>
        do throws(LedgerError) { file = try OpenFile(storage, name, .reading) } catch {
            // The writer has sealed the segment meanwhile.
            guard error.isMissingFile else { throw error }
            return
        }
        let rest = try file.bytes(endOffset..<max(endOffset, try file.byteCount()))
        if let index = rest.firstIndex(where: { $0 != 0 }) {
            throw .corruption(storage.directory, name, endOffset + index, "bytes after the last frame")
        }
    }
}
