internal import CLedgerShims

/// The file system that a directory lies on, by the number that statfs(2) gives, and what a flush on it guarantees.
struct FileSystem {
    /// What a flush guarantees there.
    enum Kind {
        /// A device: flushed data is on it, provided that the device honours flushes.
        case disk
        /// Memory: nothing survives a power cut.
        case memory
        /// Depends on the underlying file system.
        case layer
        /// Depends on another machine.
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

    /// Why a flush there guarantees little or nothing; nil if it does what it should.
    var warning: String? {
        switch kind {
        case .disk: nil
        case .memory: "\(name) is in memory: a power cut takes everything; keep no ledger there"
        case .layer:
            "on \(name) it depends on the file system below whether a flush reaches a disk; "
                + "keep the ledger on a volume of its own"
        case .network:
            "on \(name) it depends on the server and its mount options whether a flush reaches a disk; "
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
