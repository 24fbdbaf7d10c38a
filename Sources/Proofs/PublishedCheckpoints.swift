internal import Glibc
package import Ledger

/// Published checkpoints of one ledger in order; each one extends the previous one.
public struct PublishedCheckpoints: Sendable {
    /// The checkpoints, the oldest first; at least one.
    public let checkpoints: [SignedCheckpoint]
    /// What errors call them: the file.
    public let name: String

    /// Reads a file of one checkpoint or of many, with an empty line between them.
    ///
    /// Throws `refused` with the first invalid line.
    public init(_ bytes: [UInt8], name: String) throws(ProofError) {
        var lines = TextLines(bytes, name: name)
        var checkpoints = [try SignedCheckpoint(&lines)]
        while !lines.isAtEnd {
            try lines.expect("")
            checkpoints.append(try SignedCheckpoint(&lines))
        }
        self.init(checkpoints, name: name)
    }

    /// Only the newest, which was checked against all others when it was published.
    var newest: PublishedCheckpoints { PublishedCheckpoints(checkpoints.suffix(1), name: name) }

    private init(_ checkpoints: [SignedCheckpoint], name: String) {
        self.checkpoints = checkpoints
        self.name = name
    }

    /// Verifies that each is signed by one of the given keys, or by a key that an earlier checkpoint names.
    public func check(_ keys: [VerifierKey]) throws(ProofError) {
        var known = keys
        for checkpoint in checkpoints {
            try checkpoint.check(known)
            known += checkpoint.checkpoint.newKeys.filter { !known.contains($0) }
        }
    }

    /// Verifies that a log, read up to its durable end, extends each of them.
    ///
    /// O(checkpoints · log events).
    package func check<S: Storage>(_ tree: borrowing LogTree<S>, of log: LogReader<S>) throws {
        let root = try tree.root(at: tree.sequence)
        var agreed: UInt64 = 0
        for known in checkpoints.map(\.checkpoint) {
            guard known.ledgerID == log.ledgerID else {
                throw ProofError.refused(
                    "\(name) is of \(known.origin), and this ledger is \(Checkpoint.origin(of: log.ledgerID))"
                )
            }
            guard known.size <= tree.sequence else {
                throw ProofError.refused(
                    "\(name) has a checkpoint over \(known.size) events, and the log ends at \(tree.sequence): "
                        + "its end was cut off, or it was replaced by an older copy"
                )
            }
            let path = try tree.consistencyPath(from: known.size)
            guard MerkleProof.isConsistent(known.root, known.size, root, tree.sequence, path: path) else {
                throw ProofError.refused(
                    "the first \(known.size) events of the log are not those that \(name) commits to: some of "
                        + "\(min(agreed + 1, known.size)) to \(known.size) were changed, added or removed"
                )
            }
            agreed = max(agreed, known.size)
        }
    }
}

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
