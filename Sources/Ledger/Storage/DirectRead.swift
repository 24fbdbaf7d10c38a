internal import Glibc

/// Reads a file past the page cache (O_DIRECT): what the disk holds, not what memory holds.
struct DirectRead {
    /// The open file.
    let descriptor: Int32
    /// Its path, for messages.
    let path: String

    /// Offsets, counts and addresses of direct reads are multiples of this on every common disk.
    private static let alignment = 4096

    /// The bytes of the range, or nil where the file system has no direct reads of such a file.
    func bytes(_ range: Range<Int>) throws(LedgerError) -> [UInt8]? {
        let start = range.lowerBound / Self.alignment * Self.alignment
        let end = (range.upperBound + Self.alignment - 1) / Self.alignment * Self.alignment
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: end - start, alignment: Self.alignment)
        defer { unsafe buffer.deallocate() }
        var done = 0
        while start + done < range.upperBound {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = unsafe pread(descriptor, rest.baseAddress, rest.count, off_t(start + done))
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EINVAL { return nil }
            guard count >= 0 else { throw .refused("read past the cache", path: path) }
            if count == 0 { break }
            done += count
        }
        let available = min(range.upperBound, start + done)
        guard available > range.lowerBound else { return [] }
        return unsafe Array(buffer[(range.lowerBound - start)..<(available - start)])
    }
}
