internal import Glibc

/// Copies single files into another directory, or under another name.
///
/// Each is flushed and read back before it gets its name, so a file with its final name is complete.
struct FileCopy<S: Storage> {
    let source: S
    let destination: S

    /// The name of a file that is being copied.
    static var temporaryName: String { "copying.tmp" }
    private static var chunkByteCount: Int { 1 << 20 }

    /// Puts a copy of a file, or of a range of its bytes, in the place of another name.
    func copy(_ name: String, _ range: Range<Int>? = nil, as newName: String) throws(LedgerError) {
        try begin(name, range)
        try settle(as: newName)
    }

    /// Copies a file, or a range of its bytes, under the temporary name, flushes it, and compares what the disk then
    /// has.
    func begin(_ name: String, _ range: Range<Int>? = nil) throws(LedgerError) {
        let input = try OpenFile(source, name, .reading)
        let range = if let range { range } else { 0..<(try input.byteCount()) }
        try begin(name, range) { (range) throws(LedgerError) in try input.bytes(range) }
    }

    /// Does the same with the bytes that `read` gets of a file, and adds zeros up to `paddedByteCount`.
    func begin(
        _ name: String,
        _ range: Range<Int>,
        paddedTo paddedByteCount: Int = 0,
        read: (Range<Int>) throws(LedgerError) -> [UInt8]
    ) throws(LedgerError) {
        let output = try OpenFile(creating: Self.temporaryName, destination)
        var checksums: [UInt32] = []
        var offset = 0
        while offset < range.count {
            let start = range.lowerBound + offset
            let bytes = try read(start..<min(range.upperBound, start + Self.chunkByteCount))
            guard !bytes.isEmpty else {
                let path = source.directory + "/" + name
                let reason = "the file has become shorter"
                throw LedgerError("read", path: path, errno: EIO, reason: reason)
            }
            try output.write(bytes, at: offset)
            checksums.append(Checksum.crc32c(bytes[...]))
            offset += bytes.count
        }
        while offset < paddedByteCount {
            let count = min(paddedByteCount - offset, Self.chunkByteCount)
            try output.write([UInt8](repeating: 0, count: count), at: offset)
            offset += count
        }
        if !Failpoint.nameBeforeFlush.isActive { try output.synchronize() }
        try check(checksums, range.count, output)
    }

    /// Gives the file that was copied its name.
    func settle(as name: String) throws(LedgerError) {
        try destination.rename(Self.temporaryName, to: name)
        try destination.synchronizeDirectory()
    }

    /// Reads the copy past the cache where the file system can, and compares it a chunk at a time.
    private func check(
        _ checksums: [UInt32],
        _ byteCount: Int,
        _ output: OpenFile<S>
    ) throws(LedgerError) {
        for (index, checksum) in checksums.enumerated() {
            let start = index * Self.chunkByteCount
            let range = start..<min(byteCount, start + Self.chunkByteCount)
            let onDisk = try destination.readPastCache(Self.temporaryName, range)
            let bytes = if let onDisk { onDisk } else { try output.bytes(range) }
            guard Checksum.crc32c(bytes[...]) == checksum else {
                let path = destination.directory + "/" + Self.temporaryName
                let reason = "the disk does not hold what was written and flushed"
                throw LedgerError("write", path: path, errno: EIO, reason: reason)
            }
        }
    }
}
