internal import CLedgerShims
internal import Glibc

/// Files of one directory of the operating system.
///
/// The directory is opened once, and stays the same one where it is moved or another one takes its path.
package struct PosixStorage: Storage {
    package struct Handle: Sendable {
        let descriptor: Int32
        let path: String
    }

    package let directory: String
    private let opened: OpenedDirectory
    /// Set for a directory into which other people put files.
    private let sharing: Sharing?

    /// Opens the directory; where that fails, each operation says why.
    package init(directory: String) {
        self.directory = directory
        opened = OpenedDirectory(directory)
        sharing = nil
    }

    private init(shared descriptor: Int32, _ directory: String, _ sharing: Sharing) {
        self.directory = directory
        opened = OpenedDirectory(descriptor: descriptor, path: directory)
        self.sharing = sharing
    }

    package func open(_ name: String, _ access: FileAccess) throws(LedgerError) -> Handle {
        // A link or a pipe that somebody put there must neither be followed nor waited for.
        try open(name, flags: (access == .reading ? O_RDONLY : O_RDWR) | (sharing == nil ? 0 : O_NOFOLLOW | O_NONBLOCK))
    }

    package func create(_ name: String) throws(LedgerError) -> Handle {
        let handle = try open(name, flags: O_RDWR | O_CREAT | O_TRUNC | (sharing == nil ? 0 : O_NOFOLLOW))
        sharing?.apply(to: handle.descriptor)
        return handle
    }

    /// Makes an empty file with these rights, whatever the mask of the process takes away; one of that name goes.
    ///
    /// It belongs to the owner of the directory, as far as this process may give it away: what root makes for a ledger
    /// is of use to the user that writes it.
    func create(_ name: String, mode: mode_t) throws(LedgerError) -> Handle {
        do throws(LedgerError) { try remove(name) } catch {
            guard error.isMissingFile else { throw error }
        }
        let handle = try open(name, flags: O_RDWR | O_CREAT | O_EXCL, mode: mode)
        guard fchmod(handle.descriptor, mode) == 0 else {
            let failure = failure("set the mode of", handle.path)
            close(handle)
            throw failure
        }
        try sharingOfFiles().giveAway { fchown(handle.descriptor, $0, $1) }
        return handle
    }

    private func open(_ name: String, flags: Int32, mode: mode_t = 0o640) throws(LedgerError) -> Handle {
        let path = path(name)
        let descriptor = try lookingUp("open", path) { unsafe ledger_open_at($0, name, flags, mode) }
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
    ) throws(LedgerError) -> Int {
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

    package func write(_ handle: Handle, at offset: Int, _ bytes: UnsafeRawBufferPointer) throws(LedgerError) {
        var done = 0
        while done < bytes.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
            done += try retrying("write", handle.path) {
                unsafe pwrite(handle.descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            }
        }
    }

    package func synchronize(_ handle: Handle) throws(LedgerError) {
        // Not retried on EINTR either: only a flush that returned 0 counts.
        guard fdatasync(handle.descriptor) == 0 else { throw failure("flush", handle.path) }
        // Data flushed to an unlinked file is gone once the file is closed.
        guard ledger_link_count(handle.descriptor) > 0 else {
            throw .displaced("flush", path: handle.path)
        }
    }

    package func byteCount(_ handle: Handle) throws(LedgerError) -> Int { try status(handle).st_size }

    package func byteCount(ofFile name: String) throws(LedgerError) -> Int {
        var status = stat()
        _ = try lookingUp("examine", path(name)) { unsafe fstatat($0, name, &status, AT_SYMLINK_NOFOLLOW) }
        return status.st_size
    }

    private func status(_ handle: Handle) throws(LedgerError) -> stat {
        var status = stat()
        _ = try retrying("examine", handle.path) { unsafe fstat(handle.descriptor, &status) }
        return status
    }

    /// The mode bits of the file, as in chmod.
    func mode(_ handle: Handle) throws(LedgerError) -> mode_t { try status(handle).st_mode & 0o777 }

    package func identity(_ handle: Handle) throws(LedgerError) -> FileIdentity {
        var (inode, bornAtNanoseconds): (UInt64, UInt64) = (0, 0)
        _ = try retrying("examine", handle.path) {
            unsafe ledger_file_identity(handle.descriptor, &inode, &bornAtNanoseconds)
        }
        return FileIdentity(inode: inode, bornAtNanoseconds: bornAtNanoseconds)
    }

    package func allocate(_ handle: Handle, _ byteCount: Int) throws(LedgerError) -> Bool {
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

    package func readPastCache(_ name: String, _ range: Range<Int>) throws(LedgerError) -> [UInt8]? {
        let (path, flags) = (path(name), O_RDONLY | ledger_open_direct_flag())
        let descriptor: Int32
        do throws(LedgerError) {
            descriptor = try lookingUp("open", path) { unsafe ledger_open_at($0, name, flags, 0) }
        } catch {
            guard error.systemNumber == EINVAL else { throw error }
            return nil
        }
        defer { _ = Glibc.close(descriptor) }
        return try DirectRead(descriptor: descriptor, path: path).bytes(range)
    }

    package func outsideNote(_ name: String) throws(LedgerError) -> [UInt8]? {
        // A string that is passed as it is would be copied first.
        let exists = unsafe name.withCString { unsafe ledger_file_exists(opened.descriptor, $0) }
        guard exists != 0 else { return nil }
        return try AtomicFile(self, name).read()
    }

    package func rename(_ name: String, to newName: String) throws(LedgerError) {
        _ = try lookingUp("rename", path(name)) { unsafe renameat($0, name, $0, newName) }
    }

    /// Gives a file a second name; false, with nothing changed, where there is a file of that name.
    func link(_ name: String, to newName: String) throws(LedgerError) -> Bool {
        do throws(LedgerError) {
            _ = try lookingUp("make", path(newName)) { unsafe linkat($0, name, $0, newName, 0) }
        } catch {
            guard error.systemNumber == EEXIST else { throw error }
            return false
        }
        return true
    }

    package func remove(_ name: String) throws(LedgerError) {
        _ = try lookingUp("remove", path(name)) { unsafe unlinkat($0, name, 0) }
    }

    package func list() throws(LedgerError) -> [String] {
        let descriptor = try descriptor(of: ".", "list", directory)
        guard let stream = unsafe fdopendir(descriptor) else {
            let failure = failure("list", directory)
            _ = Glibc.close(descriptor)
            throw failure
        }
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

    package func namesStamp() throws(LedgerError) -> Int64? {
        guard opened.errorNumber == 0 else { throw .refused("examine", path: directory, errno: opened.errorNumber) }
        var isDistinct: Int32 = 0
        let changedAt = unsafe ledger_names_changed_at(opened.descriptor, &isDistinct)
        guard changedAt >= 0 else { throw failure("examine", directory) }
        return isDistinct == 1 ? changedAt : nil
    }

    package func synchronizeDirectory() throws(LedgerError) { try synchronize(directory: ".", directory) }

    package func synchronizeParentDirectory() throws(LedgerError) {
        try synchronize(directory: "..", directory + "/..")
    }

    private func synchronize(directory name: String, _ path: String) throws(LedgerError) {
        let descriptor = try descriptor(of: name, "open", path)
        defer { _ = Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("flush directory", path) }
    }

    /// Opens this directory (".") or the one that holds it ("..") for what a descriptor for looking up cannot do.
    private func descriptor(of name: String, _ operation: String, _ path: String) throws(LedgerError) -> Int32 {
        try lookingUp(operation, path) { unsafe ledger_open_at($0, name, O_RDONLY | O_DIRECTORY, 0) }
    }

    package func lockDirectory(_ kind: LockKind) throws(LedgerError) -> Handle? {
        let handle = Handle(descriptor: try descriptor(of: ".", "open", directory), path: directory)
        if ledger_lock_directory(handle.descriptor, kind == .exclusive ? 1 : 0) == 0 { return handle }
        let failure = failure("lock", directory)
        close(handle)
        guard failure.systemNumber == EWOULDBLOCK else { throw failure }
        return nil
    }

    package func lock(_ handle: Handle, _ region: LockRegion, _ kind: LockKind) throws(LedgerError) -> Bool {
        if ledger_lock(handle.descriptor, region.rawValue, kind == .exclusive ? 1 : 0) == 0 { return true }
        guard errno == EAGAIN || errno == EACCES else { throw failure("lock", handle.path) }
        return false
    }

    package func isHeld(_ handle: Handle, _ region: LockRegion) throws(LedgerError) -> Bool {
        let result = ledger_lock_is_held(handle.descriptor, region.rawValue)
        guard result >= 0 else { throw failure("ask for the lock of", handle.path) }
        return result == 1
    }

    package func isNamed(_ handle: Handle, _ name: String) throws(LedgerError) -> Bool {
        let result = unsafe name.withCString { unsafe ledger_is_named(opened.descriptor, $0, handle.descriptor) }
        guard result < 0 else { return result == 1 }
        guard errno == ENOENT else { throw failure("examine", path(name)) }
        return false
    }

    package func displacement() throws(LedgerError) -> Displacement? { try opened.displacement() }

    private func path(_ name: String) -> String { directory + "/" + name }

    /// Does something with names in the directory.
    private func lookingUp(
        _ operation: String,
        _ path: String,
        _ call: (_ directory: Int32) -> Int32
    ) throws(LedgerError) -> Int32 {
        guard opened.errorNumber == 0 else { throw .refused(operation, path: path, errno: opened.errorNumber) }
        return try retrying(operation, path) { call(opened.descriptor) }
    }

    private func retrying<Result: SignedInteger>(
        _ operation: String,
        _ path: String,
        _ call: () -> Result
    ) throws(LedgerError) -> Result {
        while true {
            let result = call()
            if result >= 0 { return result }
            guard errno == EINTR else { throw failure(operation, path) }
        }
    }

    private func failure(_ operation: String, _ path: String) -> LedgerError {
        .refused(operation, path: path)
    }
}

/// A directory in the ledger's own, into which people other than the writer's user may put files.
extension PosixStorage {
    /// The directory of a name in this one; nil where there is none.
    ///
    /// Its files are never opened through a symbolic link.
    package func sharedDirectory(_ name: String) throws(LedgerError) -> PosixStorage? {
        let descriptor: Int32
        do throws(LedgerError) {
            descriptor = try lookingUp("open", path(name)) { unsafe ledger_open_directory_at($0, name) }
        } catch {
            guard error.isMissingFile else { throw error }
            return nil
        }
        return PosixStorage(shared: descriptor, path(name), try sharingOfFiles())
    }

    /// Makes the directory of a name in this one, durable when this returns, unless there is one.
    ///
    /// It gets the rights of this one, and as far as this process may, its owner and group.
    package func makeSharedDirectory(_ name: String) throws(LedgerError) -> PosixStorage {
        if let found = try sharedDirectory(name) { return found }
        let sharing = try sharingOfFiles()
        do throws(LedgerError) {
            _ = try lookingUp("make", path(name)) { unsafe mkdirat($0, name, sharing.mode) }
            _ = try lookingUp("set the mode of", path(name)) { unsafe fchmodat($0, name, sharing.mode, 0) }
            sharing.giveAway { owner, group in
                unsafe fchownat(opened.descriptor, name, owner, group, AT_SYMLINK_NOFOLLOW)
            }
            try synchronizeDirectory()
        } catch {
            guard error.systemNumber == EEXIST else { throw error }
        }
        guard let made = try sharedDirectory(name) else { throw .displaced("open", path: path(name)) }
        return made
    }

    private func sharingOfFiles() throws(LedgerError) -> Sharing {
        var status = stat()
        _ = try lookingUp("examine", directory) { unsafe fstat($0, &status) }
        return Sharing(mode: status.st_mode & 0o7777, owner: status.st_uid, group: status.st_gid)
    }
}

/// Whom the ledger's directory belongs to, so that its user can read what others put into a directory in it.
private struct Sharing {
    /// As in chmod.
    let mode: mode_t
    let owner: uid_t
    let group: gid_t

    /// Gives an open file the rights of the directory without those to execute, and its owner and group.
    func apply(to descriptor: Int32) {
        // Where that is refused, the file keeps the rights that this user's files have.
        _ = fchmod(descriptor, mode & 0o666)
        giveAway { fchown(descriptor, $0, $1) }
    }

    /// Changes owner and group; only the group where this process may not give files to other users.
    func giveAway(_ change: (uid_t, gid_t) -> Int32) {
        if change(owner, group) != 0 { _ = change(.max, group) }
    }
}

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
