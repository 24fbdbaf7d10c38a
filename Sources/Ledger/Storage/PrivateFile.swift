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
