internal import Glibc

/// Copies single files into another directory, or under another name: each is flushed and read back before it gets its
/// name, so that a file that has its name is whole.
struct FileCopy<Source: Storage, Destination: Storage> {
    let source: Source
    let destination: Destination

    /// The name of a file that is being copied.
    static var temporaryName: String { "copying.tmp" }
    private static var chunkByteCount: Int { 1 << 20 }

    /// Puts a copy of a file, or of a range of its bytes, in the place of another name.
    func copy(_ name: String, _ range: Range<Int>? = nil, as newName: String) throws(StorageError) {
        try begin(name, range)
        try settle(as: newName)
    }

    /// Copies a file, or a range of its bytes, under the temporary name, adds zeros up to `paddedByteCount`, flushes
    /// it, and compares what the disk then has.
    func begin(_ name: String, _ range: Range<Int>? = nil, paddedTo paddedByteCount: Int = 0) throws(StorageError) {
        let input = try source.open(name, .reading)
        defer { source.close(input) }
        let range = if let range { range } else { 0..<(try source.byteCount(input)) }
        let output = try destination.create(Self.temporaryName)
        defer { destination.close(output) }
        var checksums: [UInt32] = []
        var offset = 0
        while offset < range.count {
            let start = range.lowerBound + offset
            let bytes = try source.bytes(input, start..<min(range.upperBound, start + Self.chunkByteCount))
            guard !bytes.isEmpty else {
                let path = source.directory + "/" + name
                throw StorageError("read", path: path, errno: EIO, reason: "the file has become shorter")
            }
            try destination.write(output, at: offset, bytes[...])
            checksums.append(Checksum.crc32c(bytes[...]))
            offset += bytes.count
        }
        while offset < paddedByteCount {
            let count = min(paddedByteCount - offset, Self.chunkByteCount)
            try destination.write(output, at: offset, [UInt8](repeating: 0, count: count)[...])
            offset += count
        }
        if !Mutation.nameBeforeFlush.isActive { try destination.synchronize(output) }
        try check(checksums, range.count, output)
    }

    /// Gives the file that was copied its name.
    func settle(as name: String) throws(StorageError) {
        try destination.rename(Self.temporaryName, to: name)
        try destination.synchronizeDirectory()
    }

    /// Reads the copy past the cache where the file system can, and compares it a chunk at a time.
    private func check(
        _ checksums: [UInt32],
        _ byteCount: Int,
        _ output: Destination.Handle
    ) throws(StorageError) {
        for (index, checksum) in checksums.enumerated() {
            let start = index * Self.chunkByteCount
            let range = start..<min(byteCount, start + Self.chunkByteCount)
            let onDisk = try destination.readPastCache(Self.temporaryName, range)
            let bytes = if let onDisk { onDisk } else { try destination.bytes(output, range) }
            guard Checksum.crc32c(bytes[...]) == checksum else {
                let path = destination.directory + "/" + Self.temporaryName
                let reason = "the disk does not hold what was written and flushed"
                throw StorageError("write", path: path, errno: EIO, reason: reason)
            }
        }
    }
}
