import TradeModel

/// One frame as it was read: its checksums hold, and it follows the frame before it.
package struct Frame {
    package let header: FrameHeader
    let checksum: UInt32
    package let offset: Int
    package let payload: ArraySlice<UInt8>

    package init(header: FrameHeader, checksum: UInt32, offset: Int, payload: ArraySlice<UInt8>) {
        self.header = header
        self.checksum = checksum
        self.offset = offset
        self.payload = payload
    }

    package var endOffset: Int { offset + header.frameByteCount }
}

/// Reads the frames of one file in order, a chunk at a time.
struct FrameReader<S: Storage>: ~Copyable {
    /// What stands where the next frame would be.
    enum Step {
        case frame(Frame)
        /// Nothing was written here, or the file ends.
        case end
        /// Something was written here that is not a whole frame: the reason.
        case broken(String)
    }

    let name: String
    let header: FileHeader
    /// Where the next frame begins.
    private(set) var offset = FileHeader.byteCount
    /// The checksum that the next frame must repeat; nil after a jump into the middle.
    private var previousChecksum: UInt32?
    private let file: OpenFile<S>
    private var fileByteCount: Int
    private var chunk: [UInt8] = []
    private var chunkOffset = 0

    private static var chunkByteCount: Int { 256 << 10 }

    /// Opens the file and checks its header.
    init(_ storage: S, _ name: String) throws(LedgerError) {
        let file = try OpenFile(storage, name, .reading)
        let byteCount = try file.byteCount()
        let head = try file.bytes(0..<FileHeader.byteCount)
        let decoded: (header: FileHeader, checksum: UInt32)
        do { decoded = try FileHeader.decode(head[...]) } catch {
            throw .header(error, file: storage.directory + "/" + name)
        }
        self.name = name
        self.file = file
        fileByteCount = byteCount
        header = decoded.header
        previousChecksum = decoded.checksum
    }

    /// Reads the next frame and moves behind it; stays where it is on `end` and `broken`.
    mutating func next() throws(LedgerError) -> Step {
        guard try fill(FrameHeader.byteCount) else { return .end }
        let start = offset - chunkOffset
        guard let (header, checksum) = FrameHeader.decode(chunk[...], at: start) else {
            let bytes = chunk[start..<(start + FrameHeader.byteCount)]
            return bytes.allSatisfy { $0 == 0 } ? .end : .broken("no frame header")
        }
        if let previousChecksum, header.previousChecksum != previousChecksum {
            return .broken("a frame that does not follow the one before it")
        }
        // The length is trusted only as far as the file goes.
        guard header.frameByteCount <= fileByteCount - offset else { return .broken("a frame longer than the file") }
        guard try fill(header.frameByteCount) else { return .broken("a frame longer than the file") }
        let payloadStart = offset - chunkOffset + FrameHeader.byteCount
        let payload = chunk[payloadStart..<(payloadStart + header.payloadByteCount)]
        guard Checksum.crc32c(payload) == header.payloadChecksum || Mutation.trustFrameHeader.isActive else {
            return .broken("a frame whose payload does not match its checksum")
        }
        // No checksum covers the padding.
        guard chunk[payload.endIndex..<(offset - chunkOffset + header.frameByteCount)].allSatisfy({ $0 == 0 }) else {
            return .broken("a frame whose padding is not zero")
        }
        let frame = Frame(header: header, checksum: checksum, offset: offset, payload: payload)
        offset = frame.endOffset
        previousChecksum = checksum
        return .frame(frame)
    }

    /// Forgets what was read ahead: the writer may have written there since.
    mutating func refresh() throws(LedgerError) {
        chunk = []
        fileByteCount = try file.byteCount()
    }

    /// Goes on at a frame that begins at the offset.
    mutating func jump(to newOffset: Int) {
        offset = newOffset
        previousChecksum = nil
    }

    /// Makes so many bytes from `offset` on available in `chunk`; false where the file ends before.
    private mutating func fill(_ byteCount: Int) throws(LedgerError) -> Bool {
        if offset >= chunkOffset && offset + byteCount <= chunkOffset + chunk.count { return true }
        chunk = try file.bytes(offset..<(offset + max(byteCount, Self.chunkByteCount)))
        chunkOffset = offset
        return chunk.count >= byteCount
    }
}

extension LedgerError {
    static func header(_ fault: FileHeader.Fault, file: String) -> LedgerError {
        switch fault {
        case .notAHeader:
            LedgerError(
                .damaged,
                "\(file) at offset 0: the file header is not intact",
                remedy: "bring the file back from a backup; the other files were left untouched"
            )
        case .newerVersion(let version):
            LedgerError(
                .newerFormat,
                "\(file) has format version \(version), newer than \(FileHeader.version)",
                remedy: "use a newer tradeledger"
            )
        }
    }
}
