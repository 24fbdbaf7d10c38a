internal import CLedgerShims
internal import Ledger

/// The file system of a directory, by the number that statfs(2) gives, and what a flush on it guarantees.
struct FileSystem {
    /// What a flush guarantees on a file system.
    enum Kind {
        /// Flushed data is on a device, if the device honours flushes.
        case disk
        /// Nothing survives a power cut.
        case memory
        /// The guarantee depends on the file system below.
        case layer
        /// The guarantee depends on another machine.
        case network
    }

    let name: String
    let kind: Kind

    /// The file system of a directory.
    init(of directory: String) throws(FileError) {
        let number = unsafe ledger_file_system_number(directory)
        guard number >= 0 else { throw .current("ask for the file system of", directory) }
        self.init(number: number)
    }

    init(number: Int64) {
        if let known = Self.known[number] {
            self = known
        } else {
            self.init("unknown (0x\(String(number, radix: 16)))", .layer)
        }
    }

    private init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// Why a flush guarantees little or nothing; nil if it does what it should.
    var warning: String? {
        switch kind {
        case .disk: nil
        case .memory: "\(name) is in memory: a power cut loses everything on it; do not keep a ledger there"
        case .layer:
            "on \(name), a flush reaches a disk only if the file system below sees to it; "
                + "keep the ledger on a volume of its own"
        case .network:
            "on \(name), a flush reaches a disk only if the server and the mount options see to it; "
                + "keep the ledger on a local disk"
        }
    }

    /// The numbers of linux/magic.h, and of file systems that are not part of Linux.
    ///
    /// ext2 and ext3 have the number of ext4, whose driver serves them.
    private static let known: [Int64: FileSystem] = [
        0xEF53: FileSystem("ext4", .disk),
        0x5846_5342: FileSystem("xfs", .disk),
        0x9123_683E: FileSystem("btrfs", .disk),
        0xF2F5_2010: FileSystem("f2fs", .disk),
        0xCA45_1A4E: FileSystem("bcachefs", .disk),
        0x2FC1_2FC1: FileSystem("zfs", .disk),
        0x4D44: FileSystem("vfat", .disk),
        0x2011_BAB0: FileSystem("exfat", .disk),
        0x7366_746E: FileSystem("ntfs3", .disk),
        0x0102_1994: FileSystem("tmpfs", .memory),
        0x8584_58F6: FileSystem("ramfs", .memory),
        0x794C_7630: FileSystem("overlay", .layer),
        0x6573_5546: FileSystem("fuse", .layer),
        0x786F_4256: FileSystem("vboxsf", .layer),
        0x6969: FileSystem("nfs", .network),
        0x517B: FileSystem("smb", .network),
        0xFF53_4D42: FileSystem("cifs", .network),
        0xFE53_4D42: FileSystem("smb2", .network),
        0x0102_1997: FileSystem("9p", .network),
        0x00C3_6400: FileSystem("ceph", .network),
        0x5346_414F: FileSystem("afs", .network),
        0x0116_1970: FileSystem("gfs2", .network),
    ]
}

/// Measures how long a flush takes in a directory, and whether files can be read past the page cache.
struct FlushProbe {
    /// The median time of one write of 4 KiB and its flush, in microseconds.
    let medianMicroseconds: Int64
    /// Whether O_DIRECT reads work; opening a ledger uses them to prove the end of the log.
    let hasDirectReads: Bool

    /// A flush that is faster than this has not reached a device that keeps data without power.
    private static let credibleMicroseconds: Int64 = 15
    private static let writeCount = 200
    private static let pageByteCount = 4096
    private static let fileByteCount = 1 << 20
    private static let fileName = "probe"

    /// Writes, flushes, reads and removes a temporary file.
    init(_ directory: String) throws(LedgerError) {
        let storage = PosixStorage(directory: directory)
        let file = try OpenFile(creating: Self.fileName, storage)
        // The file is allocated first, as the ledger's segments are.
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

    /// Why the flush is suspicious; nil if it takes as long as a device needs.
    func warning(on fileSystem: FileSystem) -> String? {
        guard fileSystem.kind != .memory, medianMicroseconds < Self.credibleMicroseconds else { return nil }
        return "a flush takes \(medianMicroseconds) µs, which is suspiciously fast: the device may not honour flushes"
    }
}

extension Duration {
    /// Whole microseconds.
    var microseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }
}
