/// A file that is read, replaced or copied as a whole.
struct WholeFile<S: Storage> {
    let storage: S
    let name: String

    /// One for each file, because other processes than the writer leave notes too.
    private var temporaryName: String { name + ".tmp" }
    private static var chunkByteCount: Int { 1 << 20 }

    init(_ storage: S, _ name: String) {
        self.storage = storage
        self.name = name
    }

    /// The file's bytes; nil where there is none of that name.
    func read() throws(StorageError) -> [UInt8]? {
        let file: S.Handle
        do throws(StorageError) { file = try storage.open(name, .reading) } catch {
            guard FileFault(errno: error.errno).isMissing else { throw error }
            return nil
        }
        defer { storage.close(file) }
        return try read(file, 0..<(try storage.byteCount(file)))
    }

    func byteCount() throws(StorageError) -> Int {
        let file = try storage.open(name, .reading)
        defer { storage.close(file) }
        return try storage.byteCount(file)
    }

    /// Puts a file with these bytes in the place, durable when this returns; there is never half of it.
    func write(_ bytes: [UInt8]) throws(StorageError) {
        try replace { (file) throws(StorageError) in try write(bytes[...], to: file, at: 0) }
    }

    /// Puts a copy of a part of a file of another directory in the place.
    func copy(_ source: WholeFile, _ range: Range<Int> = 0..<Int.max) throws(StorageError) {
        let original = try source.storage.open(source.name, .reading)
        defer { source.storage.close(original) }
        try replace { (file) throws(StorageError) in
            var offset = range.lowerBound
            while offset < range.upperBound {
                let count = min(Self.chunkByteCount, range.upperBound - offset)
                let bytes = try source.read(original, offset..<(offset + count))
                guard !bytes.isEmpty else { return }
                try write(bytes[...], to: file, at: offset - range.lowerBound)
                offset += bytes.count
            }
        }
    }

    /// Whether a file of another directory has the same bytes.
    func holdsTheSame(as other: WholeFile) throws(StorageError) -> Bool { try read() == other.read() }

    func remove() throws(StorageError) {
        try storage.remove(name)
        try storage.synchronizeDirectory()
    }

    private func replace(_ fill: (S.Handle) throws(StorageError) -> Void) throws(StorageError) {
        let file = try storage.create(temporaryName)
        defer { storage.close(file) }
        try fill(file)
        try storage.synchronize(file)
        try storage.rename(temporaryName, to: name)
        try storage.synchronizeDirectory()
    }

    private func read(_ file: S.Handle, _ range: Range<Int>) throws(StorageError) -> [UInt8] {
        var bytes: [UInt8] = []
        try bytes.append(addingCapacity: range.count) { (span) throws(StorageError) in
            try unsafe span.withUnsafeMutableBufferPointer { (buffer, count) throws(StorageError) in
                let target = UnsafeMutableRawBufferPointer(buffer)
                count = try unsafe storage.read(file, at: range.lowerBound, into: target)
            }
        }
        return bytes
    }

    private func write(_ bytes: ArraySlice<UInt8>, to file: S.Handle, at offset: Int) throws(StorageError) {
        let result: Result<Void, StorageError> = unsafe bytes.withUnsafeBytes { buffer in
            Result { () throws(StorageError) in try unsafe storage.write(file, at: offset, buffer) }
        }
        try result.get()
    }
}
