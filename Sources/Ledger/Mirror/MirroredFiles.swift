internal import Glibc

/// Each operation on a file, done to both copies, or asked of one.
extension MirroredStorage: Storage {
    package var directory: String { copy(attached).directory }

    package func open(_ name: String, _ access: FileAccess) throws(StorageError) -> Handle {
        try handle { (copy) throws(StorageError) in try self.copy(copy).open(name, access) }
    }

    package func create(_ name: String) throws(StorageError) -> Handle {
        try handle { (copy) throws(StorageError) in try self.copy(copy).create(name) }
    }

    private func handle(_ open: (MirrorSide) throws(StorageError) -> S.Handle) throws(StorageError) -> Handle {
        let (first, second) = try each(open) { self.copy($0).close($1) }
        return Handle(first: first, second: second)
    }

    package func close(_ handle: Handle) {
        if let file = handle.first { first.close(file) }
        if let file = handle.second { copy(.second).close(file) }
    }

    package func read(
        _ handle: Handle,
        at offset: Int,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> Int {
        try either { (copy) throws(StorageError) in
            try unsafe self.copy(copy).read(try file(handle, copy), at: offset, into: buffer)
        }
    }

    package func write(_ handle: Handle, at offset: Int, _ bytes: UnsafeRawBufferPointer) throws(StorageError) {
        _ = try each(handle) { (storage, file) throws(StorageError) in
            try unsafe storage.write(file, at: offset, bytes)
        }
    }

    package func synchronize(_ handle: Handle) throws(StorageError) {
        if let second, let other = handle.second, detached == nil, let flusher, flusher.begin(second, other) {
            let one = attempt { () throws(StorageError) in try first.synchronize(try file(handle, .first)) }
            let two = attempt { () throws(StorageError) in try flusher.finish() }
            _ = try settled(one, two)
            return
        }
        _ = try each { (copy) throws(StorageError) in
            if copy == .second && Mutation.acknowledgeOneFlush.isActive { return }
            try self.copy(copy).synchronize(try file(handle, copy))
        }
    }

    package func byteCount(_ handle: Handle) throws(StorageError) -> Int {
        try either { (copy) throws(StorageError) in try self.copy(copy).byteCount(try file(handle, copy)) }
    }

    /// Those of both copies: a program may come back to one of them alone.
    package func identities(_ handle: Handle) throws(StorageError) -> [FileIdentity] {
        let (first, second) = try each(handle) { (storage, file) throws(StorageError) in
            try storage.identities(file)
        }
        return (first ?? []) + (second ?? [])
    }

    package func allocate(_ handle: Handle, _ byteCount: Int) throws(StorageError) -> Bool {
        let (first, second) = try each(handle) { (storage, file) throws(StorageError) in
            try storage.allocate(file, byteCount)
        }
        return first ?? true && second ?? true
    }

    package var fileByteCountMax: Int { first.fileByteCountMax }

    package func readPastCache(_ name: String, _ range: Range<Int>) throws(StorageError) -> [UInt8]? {
        let (one, two) = try each { (copy) throws(StorageError) in
            try self.copy(copy).readPastCache(name, range)
        }
        guard let first = one, let second = two, let bytes = first, let others = second else {
            return (one ?? nil) ?? (two ?? nil)
        }
        if bytes != others {
            let path = copy(.second).directory + "/" + name
            try detach(.second, StorageError("read past the cache", path: path, errno: EIO, reason: "the disks differ"))
        }
        return bytes
    }

    /// Of whichever copy has it: others know one of the two directories.
    package func outsideNote(_ name: String) throws(StorageError) -> [UInt8]? {
        if detached?.copy != .first, let bytes = try first.outsideNote(name) { return bytes }
        if detached?.copy != .second, let second { return try second.outsideNote(name) }
        return nil
    }

    package func rename(_ name: String, to newName: String) throws(StorageError) {
        _ = try each { (copy) throws(StorageError) in try self.copy(copy).rename(name, to: newName) }
    }

    package func remove(_ name: String) throws(StorageError) {
        // After a full disk one copy may have what the other had no room for.
        let (first, second) = try each { (copy) throws(StorageError) -> StorageError? in
            do throws(StorageError) { try self.copy(copy).remove(name) } catch {
                guard FileFault(errno: error.errno).isMissing else { throw error }
                return error
            }
            return nil
        }
        if let missing = first ?? nil, second == nil || second ?? nil != nil { throw missing }
        if first == nil, let missing = second ?? nil { throw missing }
    }

    package func list() throws(StorageError) -> [String] {
        try either { (copy) throws(StorageError) in try self.copy(copy).list() }
    }

    package func synchronizeDirectory() throws(StorageError) {
        _ = try each { (copy) throws(StorageError) in try self.copy(copy).synchronizeDirectory() }
    }

    package func synchronizeParentDirectory() throws(StorageError) {
        _ = try each { (copy) throws(StorageError) in try self.copy(copy).synchronizeParentDirectory() }
    }

    package func lock(_ handle: Handle, _ region: LockRegion, _ kind: LockKind) throws(StorageError) -> Bool {
        let (first, second) = try each(handle) { (storage, file) throws(StorageError) in
            try storage.lock(file, region, kind)
        }
        return first ?? true && second ?? true
    }

    package func isHeld(_ handle: Handle, _ region: LockRegion) throws(StorageError) -> Bool {
        let (first, second) = try each(handle) { (storage, file) throws(StorageError) in
            try storage.isHeld(file, region)
        }
        return first ?? false || second ?? false
    }
}
