internal import Glibc
internal import Ledger

/// An append-only file of checkpoints, for third parties to keep.
public struct PublishedFile: Sendable {
    private let path: String

    /// The file of a path, which need not exist.
    public init(path: String) {
        self.path = path
    }

    /// Appends a checkpoint of the log to the file, durable when this returns, except for the name of a new file; does
    /// nothing if it is already the last one.
    ///
    /// Throws `refused` where the log does not extend what was published: such a checkpoint must never be signed.
    public func append(byProver prover: LedgerProver) throws -> SignedCheckpoint {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw LedgerError.file("open", path) }
        defer { close(descriptor) }
        // Locked, because two processes at a time would both read the file before either has appended.
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw LedgerError.file("lock", path) }
        }
        let bytes = try bytes(descriptor)
        let published = bytes.isEmpty ? nil : try PublishedCheckpoints(bytes, name: path)
        let checkpoint = try prover.checkpoint(extending: published?.newest)
        guard checkpoint != published?.checkpoints.last else { return checkpoint }
        try write((bytes.isEmpty ? [] : [UInt8(ascii: "\n")]) + checkpoint.text, descriptor)
        guard fsync(descriptor) == 0 else { throw LedgerError.file("flush", path) }
        return checkpoint
    }

    private func bytes(_ descriptor: Int32) throws(LedgerError) -> [UInt8] {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .file("examine", path) }
        var result = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
            repeat {
                result = unsafe pread(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count, count)
                count += max(result, 0)
            } while result > 0 || result < 0 && errno == EINTR
        }
        guard result == 0 else { throw .file("read", path) }
        return bytes
    }

    private func write(_ bytes: [UInt8], _ descriptor: Int32) throws(LedgerError) {
        var done = 0
        while done < bytes.count {
            let rest = bytes[done...]
            let result = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if result < 0 && errno == EINTR { continue }
            guard result >= 0 else { throw .file("write", path) }
            done += result
        }
    }
}

extension LedgerError {
    /// The error that the last failed system call of this thread left in `errno`.
    fileprivate static func file(_ operation: String, _ path: String) -> LedgerError {
        let number = errno
        return LedgerError(
            .inputOutput(errno: number),
            "cannot \(operation) \(path): \(unsafe String(cString: strerror(number)))",
            remedy: "check the file, its directory and its disk"
        )
    }
}
