import TradeModel

/// Rewrites a segment as planned: copies what is left, and writes loss frames where events are restored or given up.
struct SegmentRewrite<S: Storage>: ~Copyable {
    private let storage: S
    private let plan: SegmentPlan
    private let filling: HoleFilling
    private let evidence: String?
    private let file: OpenFile<S>
    private var offset = 0
    /// What the next frame must repeat for the chain to hold; nil after bytes that stay broken.
    private var chain: UInt32?
    private var lastRecordedAt: Timestamp

    static var temporaryName: String { "repair.tmp" }
    private static var chunkByteCount: Int { 1 << 20 }
    /// Events of one loss frame: a loss may be longer than memory.
    private static var recordCountMax: UInt64 { 10_000 }
    /// Records of one frame of events that come back, in bytes, unless one event alone has more.
    private static var recordsByteCountMax: Int { 1 << 20 }

    /// Begins a file that is not read until it gets the segment's name.
    ///
    /// `recordedAt` is the time of lost events that have no predecessor.
    init(
        _ storage: S,
        _ plan: SegmentPlan,
        _ filling: HoleFilling,
        evidence: String?,
        recordedAt: Timestamp
    ) throws(LedgerError) {
        self.storage = storage
        self.plan = plan
        self.filling = filling
        self.evidence = evidence
        lastRecordedAt = plan.previousRecordedAt ?? recordedAt
        file = try OpenFile(creating: Self.temporaryName, storage)
    }

    /// Writes and flushes the file, at least as long as the one that it replaces.
    mutating func run() throws(LedgerError) {
        try append(plan.header.encoded()[...])
        chain = plan.header.checksum
        var byteCount = 0
        if let fileName = plan.source {
            var source = try SegmentImage(storage, fileName: fileName)
            byteCount = source.byteCount
            try copyWhatIsLeft(&source, byteCount)
        } else if plan.header.firstSequence < plan.endSequence {
            try fillHole(plan.header.firstSequence..<plan.endSequence, from: 0, until: plan.successorChecksum ?? 0)
        }
        try fill(to: byteCount)
        try file.synchronize()
    }

    private mutating func copyWhatIsLeft(_ source: inout SegmentImage<S>, _ byteCount: Int) throws(LedgerError) {
        let survey = SegmentSurvey(
            storage: storage,
            fileName: source.fileName,
            header: plan.header,
            isHeaderIntact: plan.isHeaderIntact
        )
        let end = try survey.run { (region) throws(LedgerError) in
            switch region {
            case .frame(let frame, let events):
                try bridge(to: frame.header.previousChecksum, before: frame.header.firstSequence)
                try append(frame.bytes)
                chain = frame.successorChecksum
                lastRecordedAt = events.last?.recordedAt ?? lastRecordedAt
            case .hole(let hole) where hole.sequences.isEmpty: break
            case .hole(let hole) where filling.fills(hole.sequences):
                try fillHole(hole.sequences, from: hole.fileOffset, until: hole.successorChecksum)
            case .hole(let hole):
                try copy(hole.bytes, of: &source)
                chain = nil
            }
        }
        let gone = end.nextSequence..<max(plan.endSequence, end.nextSequence)
        if filling.fills(gone) {
            try fillHole(gone, from: end.fileOffset, until: plan.successorChecksum ?? 0)
        } else if let successorChecksum = plan.successorChecksum, gone.isEmpty {
            try bridgeEnd(to: successorChecksum, before: end.nextSequence)
        } else {
            // The end is copied unchanged: it is still damaged, or a torn write that opening truncates.
            try copy(end.offset..<max(end.offset, byteCount), of: &source)
        }
    }

    /// Writes a frame without events to keep the chain intact where a frame is missing: the original empty frame, or a
    /// loss frame.
    private mutating func bridge(to checksum: UInt32, before nextSequence: UInt64) throws(LedgerError) {
        guard let chain, chain != checksum else { return }
        let assertion = FrameHeader.assertion(nextSequence: nextSequence, previousChecksum: chain)
        if assertion.checksum == checksum {
            try append(assertion.frame[...])
        } else {
            try appendLossFrame([], 0, nextSequence, until: checksum)
        }
    }

    private mutating func bridgeEnd(to checksum: UInt32, before nextSequence: UInt64) throws(LedgerError) {
        let assertion = chain.map { FrameHeader.assertion(nextSequence: nextSequence, previousChecksum: $0) }
        guard plan.isTailBroken || assertion?.checksum == checksum else { return }
        try bridge(to: checksum, before: nextSequence)
    }

    /// Replaces lost events with restored ones, or with marks that say that they were given up.
    private mutating func fillHole(
        _ sequences: Range<UInt64>,
        from corruptionOffset: Int,
        until successorChecksum: UInt32
    ) throws(LedgerError) {
        guard let events = filling.returned[sequences] else {
            return try writeLoss(sequences, from: corruptionOffset, until: successorChecksum)
        }
        var (records, count): ([UInt8], Int) = ([], 0)
        for event in events {
            EventRecord.encodeFramed(event, into: &records)
            count += 1
            let isLast = event.sequence + 1 == sequences.upperBound
            guard isLast || records.count >= Self.recordsByteCountMax else { continue }
            let first = event.sequence + 1 - UInt64(count)
            try appendLossFrame(records, count, first, until: isLast ? successorChecksum : 0)
            (records, count) = ([], 0)
        }
        lastRecordedAt = events.last?.recordedAt ?? lastRecordedAt
    }

    private mutating func writeLoss(
        _ sequences: Range<UInt64>,
        from corruptionOffset: Int,
        until successorChecksum: UInt32
    ) throws(LedgerError) {
        guard let dataLoss = filling.givenUp?.dataLoss else {
            preconditionFailure("only events that were accepted as lost are given up")
        }
        let body = dataLoss.body(file: plan.source ?? plan.name.fileName, offset: corruptionOffset, evidence: evidence)
        var first = sequences.lowerBound
        while first < sequences.upperBound {
            let end = min(sequences.upperBound, first + Self.recordCountMax)
            var records: [UInt8] = []
            for sequence in first..<end {
                EventRecord.encodeFramed(
                    dataLoss.event(sequence, recordedAt: lastRecordedAt, body: body),
                    into: &records
                )
            }
            let isLast = end == sequences.upperBound
            try appendLossFrame(records, Int(end - first), first, until: isLast ? successorChecksum : 0)
            first = end
        }
    }

    private mutating func appendLossFrame(
        _ records: [UInt8],
        _ count: Int,
        _ firstSequence: UInt64,
        until successorChecksum: UInt32
    ) throws(LedgerError) {
        var frame = [UInt8](repeating: 0, count: FrameHeader.byteCount)
        frame.appendLittleEndian(successorChecksum)
        frame += records
        let header = FrameHeader(
            kind: .loss,
            payloadByteCount: frame.count - FrameHeader.byteCount,
            count: count,
            firstSequence: firstSequence,
            durableUpTo: firstSequence - 1,
            previousChecksum: chain ?? 0,
            payloadChecksum: Checksum.crc32c(frame[FrameHeader.byteCount...])
        )
        _ = header.seal(&frame)
        try append(frame[...])
        chain = successorChecksum
    }

    /// Appends bytes, and zeros up to where a frame can begin.
    private mutating func append(_ bytes: ArraySlice<UInt8>) throws(LedgerError) {
        let padding = (FrameHeader.alignment - bytes.count % FrameHeader.alignment) % FrameHeader.alignment
        try file.write(Array(bytes) + [UInt8](repeating: 0, count: padding), at: offset)
        offset += bytes.count + padding
    }

    /// Appends a range of the source unchanged.
    private mutating func copy(_ range: Range<Int>, of source: inout SegmentImage<S>) throws(LedgerError) {
        var start = range.lowerBound
        while start < range.upperBound {
            let bytes = try source.bytes(start..<min(range.upperBound, start + Self.chunkByteCount))
            try file.write(bytes, at: offset)
            offset += bytes.count
            start += max(bytes.count, 1)
        }
    }

    /// Appends zeros until the file has so many bytes.
    private mutating func fill(to byteCount: Int) throws(LedgerError) {
        while offset < byteCount {
            let count = min(byteCount - offset, Self.chunkByteCount)
            try file.write([UInt8](repeating: 0, count: count), at: offset)
            offset += count
        }
    }
}
