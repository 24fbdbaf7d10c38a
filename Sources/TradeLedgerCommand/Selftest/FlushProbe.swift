internal import Ledger

/// Measures what a flush costs in a directory, and asks whether files can be read past the page cache there.
struct FlushProbe {
    /// The median time of one write of 4 KiB and its flush, in microseconds.
    let medianMicroseconds: Int64
    /// Whether O_DIRECT reads work, with which opening proves the end of a log.
    let hasDirectReads: Bool

    /// No device that keeps data without power is faster.
    private static let credibleMicroseconds: Int64 = 15
    private static let writeCount = 200
    private static let pageByteCount = 4096
    private static let fileByteCount = 1 << 20
    private static let fileName = "probe"

    /// Writes, flushes and reads a file of its own, and removes it.
    init(_ directory: String) throws(LedgerError) {
        let storage = PosixStorage(directory: directory)
        let file = try OpenFile(creating: Self.fileName, storage)
        // Written through first, as the ledger's segments are.
        try file.write([UInt8](repeating: 0, count: Self.fileByteCount), at: 0)
        try file.synchronize()
        var durations: [Duration] = []
        for index in 0..<Self.writeCount {
            let page = [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: Self.pageByteCount)
            let start = ContinuousClock.now
            try file.write(page, at: index * Self.pageByteCount % Self.fileByteCount)
            try file.synchronize()
            durations.append(ContinuousClock.now - start)
        }
        medianMicroseconds = durations.sorted()[Self.writeCount / 2].microseconds
        hasDirectReads = try storage.readPastCache(Self.fileName, 0..<Self.pageByteCount) != nil
        try storage.remove(Self.fileName)
    }

    /// Why the flush is suspicious; nil if it takes as long as one that reaches a device.
    func warning(on fileSystem: FileSystem) -> String? {
        guard fileSystem.kind != .memory, medianMicroseconds < Self.credibleMicroseconds else { return nil }
        return "a flush takes \(medianMicroseconds) µs, which is suspiciously fast: the device may only promise"
    }
}

extension Duration {
    /// Whole microseconds.
    var microseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }
}
