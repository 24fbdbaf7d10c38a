import TradeModel

/// Where the blocks of a sealed segment lie, as far as its header and table tell.
///
/// The header is stored at both ends of the file, and each table entry again before its block, so that damage to one
/// copy loses no event.
struct SealedTable {
    let header: SealedHeader
    /// The blocks whose place is known, in order.
    private(set) var blocks: [SealedBlock] = []
    private let fileByteCount: Int

    /// Reads header and table; throws `damaged` where neither header is intact.
    init<S: Storage>(_ file: OpenFile<S>, _ name: String, _ directory: String) throws(LedgerError) {
        fileByteCount = try file.byteCount()
        let front = try file.bytes(0..<SealedHeader.byteCount)
        let back = try file.bytes(max(0, fileByteCount - SealedHeader.byteCount)..<fileByteCount)
        do throws(FileHeader.Fault) {
            header = try Self.decode(front, back, fileByteCount)
        } catch {
            throw .header(error, file: name, in: directory)
        }
        let entries = try file.bytes(Self.range(header))
        // Where the next copy begins; nil after a block whose place is not known.
        var copyOffset: Int? = SealedHeader.byteCount
        for index in 0..<header.blockCount {
            let entry = entries.dropFirst(index * SealedBlock.byteCount).prefix(SealedBlock.byteCount)
            var block = SealedBlock.decode(entry).flatMap { fits($0) ? $0 : nil }
            if block == nil, let offset = copyOffset {
                let copy = try file.bytes(offset..<(offset + SealedBlock.byteCount))
                block = SealedBlock.decode(copy[...]).flatMap { fits($0) ? $0 : nil }
            }
            if let block { blocks.append(block) }
            copyOffset = block?.stored.upperBound
        }
    }

    private static func decode(
        _ front: [UInt8],
        _ back: [UInt8],
        _ fileByteCount: Int
    ) throws(FileHeader.Fault) -> SealedHeader {
        do throws(FileHeader.Fault) { return try SealedHeader.decode(front[...], fileByteCount: fileByteCount) } catch {
            guard error == .notAHeader else { throw error }
            return try SealedHeader.decode(back[...], fileByteCount: fileByteCount)
        }
    }

    private static func range(_ header: SealedHeader) -> Range<Int> {
        header.tableOffset..<(header.tableOffset + header.blockCount * SealedBlock.byteCount)
    }

    /// Whether a block can follow those that are known.
    private func fits(_ block: SealedBlock) -> Bool {
        block.image.lowerBound >= blocks.last?.image.upperBound ?? FileHeader.byteCount
            && block.image.upperBound <= header.imageByteCount
            && block.stored.lowerBound >= SealedHeader.byteCount + SealedBlock.byteCount
            && block.stored.upperBound <= fileByteCount
    }

    /// A region of the image after the file header: the contents of one block, or the gap between two known blocks.
    struct Region {
        let image: Range<Int>
        /// Nil where the place of the block, or of the blocks, is not known.
        let block: SealedBlock?
    }

    /// The region that holds a byte of the image.
    ///
    /// O(log blocks).
    func region(at offset: Int) -> Region {
        let next = Self.firstIndex(blocks.count) { blocks[$0].image.lowerBound > offset }
        if next > 0, blocks[next - 1].image.contains(offset) {
            return Region(image: blocks[next - 1].image, block: blocks[next - 1])
        }
        let start = next > 0 ? blocks[next - 1].image.upperBound : FileHeader.byteCount
        let end = next < blocks.count ? blocks[next].image.lowerBound : header.imageByteCount
        return Region(image: start..<max(start, end), block: nil)
    }

    /// The last block that does not begin after a sequence; nil where none is known.
    ///
    /// O(log blocks).
    func block(before sequence: UInt64) -> SealedBlock? {
        let next = Self.firstIndex(blocks.count) { blocks[$0].firstSequence > sequence }
        return next > 0 ? blocks[next - 1] : nil
    }

    /// A block that does not begin after the last event that was recorded at a time or before, with not much between;
    /// nil where none is known.
    ///
    /// A block without an event repeats the time of the one before it and begins after that block's events, so of
    /// blocks of the same time the first is meant. O(log blocks).
    func block(before time: Timestamp) -> SealedBlock? {
        let next = Self.firstIndex(blocks.count) { blocks[$0].recordedAt > time }
        guard next > 0 else { return nil }
        let last = blocks[next - 1].recordedAt
        return blocks[Self.firstIndex(next) { blocks[$0].recordedAt == last }]
    }

    /// The first index for which a monotonic predicate holds.
    static func firstIndex(_ count: Int, where holds: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if holds(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// Where in the file one of the two copies of the header or of an entry is not as it was written; nil where all
    /// are.
    ///
    /// Throws where the file cannot be read. O(blocks) reads.
    func brokenCopyOffset<S: Storage>(in file: OpenFile<S>) throws(LedgerError) -> Int? {
        let end = Self.range(header).upperBound
        for offset in [0, end] where try file.bytes(offset..<(offset + SealedHeader.byteCount)) != header.encoded() {
            return offset
        }
        guard end + SealedHeader.byteCount == fileByteCount else { return end + SealedHeader.byteCount }
        guard blocks.count == header.blockCount else { return header.tableOffset }
        for (index, block) in blocks.enumerated() {
            let copies = [
                header.tableOffset + index * SealedBlock.byteCount, block.stored.lowerBound - SealedBlock.byteCount,
            ]
            for offset in copies
            where try file.bytes(offset..<(offset + SealedBlock.byteCount)) != block.encoded() { return offset }
        }
        return nil
    }
}
