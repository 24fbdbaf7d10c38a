import TradeModel

/// The contents of a file of frames: every whole frame from the start, and what follows them.
package struct SegmentScan {
    /// A frame that nothing read so far asserts to be durable.
    struct UnprovenFrame: Equatable {
        let offset: Int
        /// The sequence of its last event; nil where it holds none.
        let lastSequence: UInt64?
    }

    /// The file that was read.
    let name: String
    /// Whether it is a sealed segment.
    let isSealed: Bool
    let header: FileHeader
    /// The sequence after the last event of the last whole frame.
    package private(set) var nextSequence: UInt64
    /// Where the whole frames end.
    package private(set) var endOffset = FileHeader.byteCount
    /// The checksum that the frame after them must repeat.
    private(set) var lastChecksum: UInt32
    /// The highest sequence that something read so far asserts to be durable.
    private(set) var assertedSequence: UInt64
    /// The whole frames after the last asserted one, in order: empty ones among them, because a frame that is lost
    /// breaks the chain to all that follow it, whether it holds events or not.
    private(set) var unproven: [UnprovenFrame] = []
    /// Why the bytes after the whole frames are no frame; nil where the rest is empty.
    private(set) var brokenReason: String?
    /// Where in the file the whole frames end.
    private(set) var fileEndOffset = FileHeader.byteCount

    /// Reads a file; `visit` gets each frame in order.
    package init<S: Storage>(
        _ storage: S,
        _ fileName: String,
        visit: (Frame) throws(LedgerError) -> Void
    ) throws(LedgerError) {
        var reader = try FrameReader(storage, fileName)
        try self.init(storage, &reader, visit: visit)
    }

    /// Reads a file from its head to the end of its whole frames; `visit` gets each frame in order.
    init<S: Storage>(
        _ storage: S,
        _ reader: inout FrameReader<S>,
        visit: (Frame) throws(LedgerError) -> Void
    ) throws(LedgerError) {
        name = reader.name
        isSealed = reader.isSealed
        header = reader.header
        nextSequence = header.firstSequence
        assertedSequence = header.durableUpTo
        lastChecksum = header.checksum
        while true {
            switch try reader.next() {
            case .frame(let frame):
                guard frame.header.firstSequence == nextSequence else {
                    throw .corruption(
                        storage.directory,
                        name,
                        reader.fileOffset(of: frame.offset),
                        "the frame begins at sequence \(frame.header.firstSequence) where \(nextSequence) belongs"
                    )
                }
                take(frame)
                try visit(frame)
            case .end:
                fileEndOffset = reader.fileOffset(of: endOffset)
                return
            case .broken(let reason):
                fileEndOffset = reader.fileOffset(of: endOffset)
                brokenReason = reason
                return
            }
        }
    }

    private mutating func take(_ frame: Frame) {
        nextSequence = frame.header.endSequence
        endOffset = frame.endOffset
        lastChecksum = frame.successorChecksum
        let lastSequence = frame.header.count > 0 ? nextSequence - 1 : nil
        if let lastSequence, lastSequence <= assertedSequence {
            unproven = []
        } else {
            unproven.append(UnprovenFrame(offset: frame.offset, lastSequence: lastSequence))
        }
        accept(assertion: frame.header.durableUpTo)
    }

    /// Records an assertion that everything up to a sequence is durable.
    mutating func accept(assertion: UInt64) {
        guard assertion > assertedSequence else { return }
        assertedSequence = assertion
        let lastProven = unproven.lastIndex { $0.lastSequence.map { $0 <= assertion } ?? false }
        if let lastProven { unproven.removeSubrange(...lastProven) }
    }
}

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
