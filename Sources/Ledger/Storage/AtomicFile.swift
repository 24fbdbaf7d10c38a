/// A small file that is read and replaced as a whole.
struct AtomicFile<S: Storage> {
    let storage: S
    let name: String

    init(_ storage: S, _ name: String) {
        self.storage = storage
        self.name = name
    }

    /// What the file is called until it is whole.
    ///
    /// One name for each file, because other processes than the writer leave notes too.
    var temporaryName: String { Self.temporaryName(of: name) }

    static func temporaryName(of name: String) -> String { name + ".tmp" }

    /// The file's bytes; nil where there is none of that name.
    func read() throws(StorageError) -> [UInt8]? {
        try reading { (file) throws(StorageError) in try storage.bytes(file, 0..<(try storage.byteCount(file))) }
    }

    /// What a question about the open file gives; nil where there is none of that name.
    func reading<Result>(_ question: (S.Handle) throws(StorageError) -> Result) throws(StorageError) -> Result? {
        let file: S.Handle
        do throws(StorageError) { file = try storage.open(name, .reading) } catch {
            guard FileFault(errno: error.errno).isMissing else { throw error }
            return nil
        }
        defer { storage.close(file) }
        return try question(file)
    }

    /// Puts a file with these bytes in the place, durable when this returns; there is never half of it.
    func write(_ bytes: [UInt8]) throws(StorageError) {
        try write(bytes, into: try storage.create(temporaryName)) { () throws(StorageError) in
            try storage.rename(temporaryName, to: name)
        }
    }

    /// Fills an empty file of the temporary name, flushes it, and makes durable what `settle` then does with the name.
    func write<Result>(
        _ bytes: [UInt8],
        into file: S.Handle,
        settle: () throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        defer { storage.close(file) }
        try storage.write(file, at: 0, bytes[...])
        try storage.synchronize(file)
        let result = try settle()
        try storage.synchronizeDirectory()
        return result
    }

    func remove() throws(StorageError) {
        try storage.remove(name)
        try storage.synchronizeDirectory()
    }
}
