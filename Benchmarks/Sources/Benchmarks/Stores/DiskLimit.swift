internal import CDiskLimit

/// The bare system calls, in C: no durable store can be faster on the same disk.
struct DiskLimit {
    private let path: String

    /// A file in that directory, with this many bytes written and flushed.
    init(in directory: String, byteCount: Int) throws {
        path = directory + "/limit"
        try Self.check(unsafe disk_limit_write_through(path, byteCount), "write through", path)
    }

    /// Writes records in this many commits of one size, without a remainder; returns the milliseconds of each.
    static func commit(_ records: [StoredRecord], commitCount: Int, in directory: String) throws -> [Double] {
        precondition(records.count >= commitCount, "a commit has records")
        let bytes = records.flatMap(\.bytes)
        let limit = try DiskLimit(in: directory, byteCount: bytes.count)
        var nanoseconds = [UInt64](repeating: 0, count: commitCount)
        let error = unsafe disk_limit_commit(
            limit.path,
            bytes,
            bytes.count / commitCount,
            commitCount,
            &nanoseconds
        )
        try check(error, "write", limit.path)
        return nanoseconds.map { Double($0) / 1e6 }
    }

    /// Makes this many threads write the record this many times; each thread awaits its writes, and one committer
    /// flushes.
    ///
    /// Returns the seconds until all have ended.
    func groupCommit(_ record: [UInt8], producerCount: Int, recordsPerProducer: Int) throws -> Double {
        var nanoseconds: UInt64 = 0
        let error = unsafe disk_limit_group_commit(
            path,
            record,
            record.count,
            producerCount,
            recordsPerProducer,
            &nanoseconds
        )
        try Self.check(error, "write", path)
        return Double(nanoseconds) / 1e9
    }

    /// Reads the segments of a ledger as bare bytes.
    static func readSegments(in directory: String) throws {
        for name in try Scratch.segmentNames(in: directory) {
            try check(unsafe disk_limit_read(directory + "/" + name), "read", name)
        }
    }

    private static func check(_ error: Int32, _ action: String, _ path: String) throws {
        guard error == 0 else { throw SystemFailure(action, path, error) }
    }
}
