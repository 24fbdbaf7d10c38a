import TradeModel

/// Where a finished segment is cut into blocks, found by reading all of it: only whole frames are sealed.
struct SealPlan {
    /// The bytes of one block, and what its entry says of them.
    struct Cut {
        var image: Range<Int>
        let firstSequence: UInt64
        /// When its first event was recorded; the time of the block before where it has none.
        var recordedAt: Timestamp?
    }

    let name: SegmentName
    let header: FileHeader
    let cuts: [Cut]
    let endSequence: UInt64
    let imageByteCount: Int

    /// Reads the plain segment.
    ///
    /// A block has whole frames and about so many bytes; a frame that is longer is one block. Throws `damaged` where
    /// the frames are not whole up to the next segment.
    init<S: Storage>(
        _ storage: S,
        _ name: SegmentName,
        before next: SegmentName,
        blockByteCount: Int
    ) throws(LedgerError) {
        var cuts: [Cut] = []
        let scan = try SegmentScan(storage, name.fileName(.plain)) { (frame) throws(LedgerError) in
            if let last = cuts.last, frame.endOffset - last.image.lowerBound <= blockByteCount {
                cuts[cuts.count - 1].image = last.image.lowerBound..<frame.endOffset
            } else {
                cuts.append(Cut(image: frame.offset..<frame.endOffset, firstSequence: frame.header.firstSequence))
            }
            guard cuts[cuts.count - 1].recordedAt == nil else { return }
            var records = RecordIterator(frame)
            do throws(BodyFault) { cuts[cuts.count - 1].recordedAt = try records.next()?.recordedAt } catch {
                throw .corruption(storage.directory, name.fileName(.plain), frame.offset, error.message)
            }
        }
        try scan.checkIsFinished(storage, before: next)
        self.name = name
        self.cuts = cuts
        header = scan.header
        endSequence = scan.nextSequence
        imageByteCount = scan.endOffset
    }
}
