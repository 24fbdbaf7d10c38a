internal import Glibc
internal import Ledger

/// A small file of text that is read whole, and written whole or not at all.
struct KeyFile {
    let path: String

    private static let byteCountMax = 1 << 16

    /// The lines of the file, and which rights others than its owner have; nil where there is no such file.
    func read() throws(LedgerError) -> (lines: [String], rightsOfOthers: mode_t)? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .file("open", path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .file("examine", path) }
        var failure: LedgerError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Self.byteCountMax) { buffer, count in
            while count < buffer.count {
                let space = unsafe buffer.baseAddress?.advanced(by: count)
                let result = unsafe Glibc.read(descriptor, space, buffer.count - count)
                if result < 0 && errno == EINTR { continue }
                if result < 0 { failure = .file("read", path) }
                guard result > 0 else { return }
                count += result
            }
        }
        if let failure { throw failure }
        let lines = bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        return (lines, status.st_mode & 0o077)
    }

    /// Makes the file, durable when this returns; false where there is one of that name, which stays as it is.
    func create(_ text: String, mode: mode_t) throws(LedgerError) -> Bool {
        try write(text, mode) { (temporaryPath) throws(LedgerError) in
            if unsafe link(temporaryPath, path) == 0 { return true }
            guard errno == EEXIST else { throw .file("name", path) }
            return false
        }
    }

    /// Puts a file in the place, durable when this returns; there is never half of it.
    func replace(_ text: String, mode: mode_t) throws(LedgerError) {
        try write(text, mode) { (temporaryPath) throws(LedgerError) in
            guard unsafe rename(temporaryPath, path) == 0 else { throw .file("rename", temporaryPath) }
        }
    }

    private func write<Result>(
        _ text: String,
        _ mode: mode_t,
        settle: (_ temporaryPath: String) throws(LedgerError) -> Result
    ) throws(LedgerError) -> Result {
        let temporaryPath = path + ".tmp"
        guard unsafe unlink(temporaryPath) == 0 || errno == ENOENT else { throw .file("remove", temporaryPath) }
        let descriptor = unsafe open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .file("make", temporaryPath) }
        defer {
            close(descriptor)
            unsafe unlink(temporaryPath)
        }
        // The mode as it is meant, whatever the mask of the process takes away.
        guard fchmod(descriptor, mode) == 0 else { throw .file("set the mode of", temporaryPath) }
        try descriptor.writeAll(Array(text.utf8), path)
        guard fsync(descriptor) == 0 else { throw .file("flush", temporaryPath) }
        return try settle(temporaryPath)
    }
}

extension Int32 {
    /// Writes all of the bytes to this descriptor, the file of a path.
    func writeAll(_ bytes: [UInt8], _ path: String) throws(LedgerError) {
        var done = 0
        while done < bytes.count {
            let rest = bytes[done...]
            let result = unsafe rest.withUnsafeBytes { unsafe Glibc.write(self, $0.baseAddress, $0.count) }
            if result < 0 && errno == EINTR { continue }
            guard result >= 0 else { throw .file("write", path) }
            done += result
        }
    }
}

extension LedgerError {
    /// The error that the last failed system call of this thread left in `errno`.
    static func file(_ operation: String, _ path: String) -> LedgerError {
        let number = errno
        return LedgerError(
            .inputOutput(errno: number),
            "cannot \(operation) \(path): \(unsafe String(cString: strerror(number)))",
            remedy: "check the file, its directory and its disk"
        )
    }
}
