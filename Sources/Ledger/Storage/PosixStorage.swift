internal import CLedgerShims
internal import Glibc

/// Files of one directory of the operating system.
package struct PosixStorage: Storage {
    package struct Handle: Sendable {
        let descriptor: Int32
        let path: String
    }

    package let directory: String

    package init(directory: String) {
        self.directory = directory
    }

    package func open(_ name: String, _ access: FileAccess) throws(StorageError) -> Handle {
        try open(name, flags: access == .reading ? O_RDONLY : O_RDWR)
    }

    package func create(_ name: String) throws(StorageError) -> Handle {
        try open(name, flags: O_RDWR | O_CREAT | O_TRUNC)
    }

    /// Makes an empty file with these rights, whatever the mask of the process takes away; one of that name goes.
    func create(_ name: String, mode: mode_t) throws(StorageError) -> Handle {
        guard unsafe unlink(path(name)) == 0 || errno == ENOENT else { throw failure("remove", path(name)) }
        let handle = try open(name, flags: O_RDWR | O_CREAT | O_EXCL, mode: mode)
        guard fchmod(handle.descriptor, mode) == 0 else {
            let failure = failure("set the mode of", handle.path)
            close(handle)
            throw failure
        }
        return handle
    }

    private func open(_ name: String, flags: Int32, mode: mode_t = 0o640) throws(StorageError) -> Handle {
        let path = path(name)
        let descriptor = try retrying("open", path) { unsafe ledger_open(path, flags, mode) }
        return Handle(descriptor: descriptor, path: path)
    }

    package func close(_ handle: Handle) {
        ledger_unlock(handle.descriptor)
        // After a failed close the descriptor is gone all the same (close(2)); what matters was flushed before.
        _ = Glibc.close(handle.descriptor)
    }

    package func read(
        _ handle: Handle,
        at offset: Int,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> Int {
        var done = 0
        while done < buffer.count {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = try retrying("read", handle.path) {
                unsafe pread(handle.descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    package func write(_ handle: Handle, at offset: Int, _ bytes: UnsafeRawBufferPointer) throws(StorageError) {
        var done = 0
        while done < bytes.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
            done += try retrying("write", handle.path) {
                unsafe pwrite(handle.descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            }
        }
    }

    package func synchronize(_ handle: Handle) throws(StorageError) {
        // Not retried on EINTR either: only a flush that returned 0 proves anything.
        guard fdatasync(handle.descriptor) == 0 else { throw failure("flush", handle.path) }
        // What is flushed into a file without a name is gone once it is closed.
        guard ledger_link_count(handle.descriptor) > 0 else {
            throw StorageError("flush", path: handle.path, errno: ENOENT, reason: "it was removed while it was open")
        }
    }

    package func byteCount(_ handle: Handle) throws(StorageError) -> Int { try status(handle).st_size }

    private func status(_ handle: Handle) throws(StorageError) -> stat {
        var status = stat()
        _ = try retrying("examine", handle.path) { unsafe fstat(handle.descriptor, &status) }
        return status
    }

    /// Who may do what with the file, as chmod has it.
    func mode(_ handle: Handle) throws(StorageError) -> mode_t { try status(handle).st_mode & 0o777 }

    package func identity(_ handle: Handle) throws(StorageError) -> FileIdentity {
        var (inode, bornAtNanoseconds): (UInt64, UInt64) = (0, 0)
        _ = try retrying("examine", handle.path) {
            unsafe ledger_file_identity(handle.descriptor, &inode, &bornAtNanoseconds)
        }
        return FileIdentity(inode: inode, bornAtNanoseconds: bornAtNanoseconds)
    }

    package func allocate(_ handle: Handle, _ byteCount: Int) throws(StorageError) -> Bool {
        while ledger_allocate(handle.descriptor, Int64(byteCount)) != 0 {
            switch errno {
            case EINTR: continue
            case EOPNOTSUPP, ENOSYS: return false
            default: throw failure("reserve space for", handle.path)
            }
        }
        return true
    }

    package var fileByteCountMax: Int { Int(ledger_file_size_limit()) }

    package func readPastCache(_ name: String, _ range: Range<Int>) throws(StorageError) -> [UInt8]? {
        try DirectRead(path: path(name)).bytes(range)
    }

    package func outsideNote(_ name: String) throws(StorageError) -> [UInt8]? {
        // A string that is passed as it is would be copied first.
        let exists = unsafe directory.withCString { directory in
            unsafe name.withCString { unsafe ledger_file_exists(directory, $0) }
        }
        guard exists != 0 else { return nil }
        return try WholeFile(self, name).read()
    }

    package func rename(_ name: String, to newName: String) throws(StorageError) {
        let (path, newPath) = (path(name), path(newName))
        _ = try retrying("rename", path) { unsafe Glibc.rename(path, newPath) }
    }

    /// Gives a file a second name; false, with nothing changed, where there is a file of that name.
    func link(_ name: String, to newName: String) throws(StorageError) -> Bool {
        let newPath = path(newName)
        if unsafe Glibc.link(path(name), newPath) == 0 { return true }
        guard errno == EEXIST else { throw failure("make", newPath) }
        return false
    }

    package func remove(_ name: String) throws(StorageError) {
        let path = path(name)
        _ = try retrying("remove", path) { unsafe unlink(path) }
    }

    package func list() throws(StorageError) -> [String] {
        guard let stream = unsafe opendir(directory) else { throw failure("list", directory) }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        Glibc.errno = 0
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
            }
            if name != "." && name != ".." { names.append(name) }
            Glibc.errno = 0
        }
        guard Glibc.errno == 0 else { throw failure("list", directory) }
        return names
    }

    package func synchronizeDirectory() throws(StorageError) { try synchronizeDirectory(directory) }

    package func synchronizeParentDirectory() throws(StorageError) { try synchronizeDirectory(directory + "/..") }

    private func synchronizeDirectory(_ path: String) throws(StorageError) {
        let descriptor = try retrying("open", path) { unsafe ledger_open(path, O_RDONLY | O_DIRECTORY, 0) }
        defer { _ = Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("flush directory", path) }
    }

    package func lock(_ handle: Handle, _ region: LockRegion, _ kind: LockKind) throws(StorageError) -> Bool {
        if ledger_lock(handle.descriptor, region.rawValue, kind == .exclusive ? 1 : 0) == 0 { return true }
        guard errno == EAGAIN || errno == EACCES else { throw failure("lock", handle.path) }
        return false
    }

    package func isHeld(_ handle: Handle, _ region: LockRegion) throws(StorageError) -> Bool {
        let result = ledger_lock_is_held(handle.descriptor, region.rawValue)
        guard result >= 0 else { throw failure("ask for the lock of", handle.path) }
        return result == 1
    }

    private func path(_ name: String) -> String { directory + "/" + name }

    private func retrying<Result: SignedInteger>(
        _ operation: String,
        _ path: String,
        _ call: () -> Result
    ) throws(StorageError) -> Result {
        while true {
            let result = call()
            if result >= 0 { return result }
            guard errno == EINTR else { throw failure(operation, path) }
        }
    }

    private func failure(_ operation: String, _ path: String) -> StorageError {
        StorageError.current(operation, path: path)
    }
}

extension StorageError {
    /// The error that the last failed system call of this thread left in `errno`.
    static func current(_ operation: String, path: String) -> StorageError {
        let number = Glibc.errno
        return StorageError(operation, path: path, errno: number, reason: unsafe String(cString: strerror(number)))
    }
}
