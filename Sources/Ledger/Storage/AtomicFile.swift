/// A small file that is read and replaced as a whole.
struct AtomicFile<S: Storage> {
    let storage: S
    let name: String

    init(_ storage: S, _ name: String) {
        self.storage = storage
        self.name = name
    }

    /// The name of the file until it is complete.
    ///
    /// One for each file, because processes other than the writer write such files too.
    var temporaryName: String { Self.temporaryName(of: name) }

    static func temporaryName(of name: String) -> String { name + ".tmp" }

    /// The file's bytes; nil where there is none of that name.
    func read() throws(LedgerError) -> [UInt8]? {
        try reading { (file) throws(LedgerError) in try storage.bytes(file, 0..<(try storage.byteCount(file))) }
    }

    /// The result of the body for the open file; nil if there is no such file.
    func reading<Result>(_ question: (S.Handle) throws(LedgerError) -> Result) throws(LedgerError) -> Result? {
        let file: S.Handle
        do throws(LedgerError) { file = try storage.open(name, .reading) } catch {
            guard error.isMissingFile else { throw error }
            return nil
        }
        defer { storage.close(file) }
        return try question(file)
    }

    /// Replaces the file atomically with these bytes, durable when this returns.
    func write(_ bytes: [UInt8]) throws(LedgerError) {
        try write(bytes, into: try storage.create(temporaryName)) { () throws(LedgerError) in
            try storage.rename(temporaryName, to: name)
        }
    }

    /// Fills an empty temporary file, flushes it, and makes the renaming by `settle` durable.
    func write<Result>(
        _ bytes: [UInt8],
        into file: S.Handle,
        settle: () throws(LedgerError) -> Result
    ) throws(LedgerError) -> Result {
        defer { storage.close(file) }
        try storage.write(file, at: 0, bytes[...])
        try storage.synchronize(file)
        let result = try settle()
        try storage.synchronizeDirectory()
        return result
    }

    func remove() throws(LedgerError) {
        try storage.remove(name)
        try storage.synchronizeDirectory()
    }
}

/// A small file with restricted permissions, which are set before it gets its name.
///
/// Permissions are the mode bits of chmod.
package struct PrivateFile {
    private let file: AtomicFile<PosixStorage>

    /// The file of a name in a directory.
    package init(_ storage: PosixStorage, _ name: String) {
        file = AtomicFile(storage, name)
    }

    /// The bytes of the file, and which rights others than its owner have; nil where there is no such file.
    package func read() throws(LedgerError) -> (bytes: [UInt8], rightsOfOthers: UInt32)? {
        let storage = file.storage
        return try file.reading { (handle) throws(LedgerError) in
            (try storage.bytes(handle, 0..<(try storage.byteCount(handle))), try storage.mode(handle) & 0o077)
        }
    }

    /// Makes the file, durable when this returns; false where there is one of that name, which stays as it is.
    package func create(_ bytes: [UInt8], mode: UInt32) throws(LedgerError) -> Bool {
        try write(bytes, mode) { (storage) throws(LedgerError) in
            let isNew = try storage.link(file.temporaryName, to: file.name)
            try storage.remove(file.temporaryName)
            return isNew
        }
    }

    /// Replaces the file atomically, durable when this returns.
    package func replace(_ bytes: [UInt8], mode: UInt32) throws(LedgerError) {
        try write(bytes, mode) { (storage) throws(LedgerError) in
            try storage.rename(file.temporaryName, to: file.name)
        }
    }

    private func write<Result>(
        _ bytes: [UInt8],
        _ mode: UInt32,
        settle: (PosixStorage) throws(LedgerError) -> Result
    ) throws(LedgerError) -> Result {
        let handle = try file.storage.create(file.temporaryName, mode: mode)
        return try file.write(bytes, into: handle) { () throws(LedgerError) in try settle(file.storage) }
    }
}
