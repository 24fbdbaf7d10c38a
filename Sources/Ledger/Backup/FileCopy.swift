/// Copies single files into another directory: each is flushed and read back before it gets its name, so that a file
/// that has its name is whole.
struct FileCopy<Source: Storage, Destination: Storage> {
    let source: Source
    let destination: Destination

    /// The name of a file that is being copied.
    static var temporaryName: String { "copying.tmp" }
    private static var chunkByteCount: Int { 1 << 20 }

    /// Copies the first bytes of a file under the temporary name, adds zeros up to `paddedByteCount`, flushes them, and
    /// compares what the disk then has.
    func copy(_ name: String, _ byteCount: Int, paddedTo paddedByteCount: Int) throws(LedgerError) {
        let input = try OpenFile(source, name, .reading)
        let output = try OpenFile(creating: Self.temporaryName, destination)
        var checksums: [UInt32] = []
        var offset = 0
        while offset < byteCount {
            let bytes = try input.bytes(offset..<min(byteCount, offset + Self.chunkByteCount))
            guard !bytes.isEmpty else {
                throw .damage(source.directory, name, offset, "the file has become shorter")
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
        if !Mutation.nameBeforeFlush.isActive { try output.synchronize() }
        try check(checksums, byteCount, output)
    }

    /// Gives the file that was copied its name.
    func settle(as name: String) throws(LedgerError) {
        do {
            try destination.rename(Self.temporaryName, to: name)
            try destination.synchronizeDirectory()
        } catch { throw LedgerError(error) }
    }

    /// Makes a small file, or replaces it.
    func write(_ name: String, _ bytes: [UInt8]) throws(LedgerError) {
        let output = try OpenFile(creating: Self.temporaryName, destination)
        try output.write(bytes, at: 0)
        try output.synchronize()
        try settle(as: name)
    }

    /// Reads the copy past the cache where the file system can, and compares it a chunk at a time.
    private func check(_ checksums: [UInt32], _ byteCount: Int, _ output: OpenFile<Destination>) throws(LedgerError) {
        for (index, checksum) in checksums.enumerated() {
            let start = index * Self.chunkByteCount
            let range = start..<min(byteCount, start + Self.chunkByteCount)
            let onDisk: [UInt8]?
            do { onDisk = try destination.readPastCache(Self.temporaryName, range) } catch { throw LedgerError(error) }
            let bytes = if let onDisk { onDisk } else { try output.bytes(range) }
            guard Checksum.crc32c(bytes[...]) == checksum else {
                throw .damage(
                    destination.directory,
                    Self.temporaryName,
                    start,
                    "the disk does not hold what was written and flushed"
                )
            }
        }
    }
}
