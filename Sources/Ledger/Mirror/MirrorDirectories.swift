internal import Glibc

extension MirroredStorage where S == PosixStorage {
    /// The files of a ledger and of its mirror: the one that is given, or the one that the ledger remembers.
    ///
    /// The directory of a mirror that is to begin is made. Throws where the mirror is not the one that the ledger
    /// remembers, or is the ledger itself.
    ///
    /// `isRefilling` lets a directory be filled that the ledger remembers or that takes the place of such a one: a new
    /// disk for one that is lost.
    package convenience init(
        at directory: String,
        mirror: String?,
        isRefilling: Bool = false,
        clock: LedgerClock
    ) throws(LedgerError) {
        let ledger = absolutePath(directory)
        let remembered = Self.mark(ledger)?.directory
        let given = mirror.map(absolutePath)
        guard let path = given ?? remembered else {
            self.init(PosixStorage(directory: directory), nil, clock: clock)
            return
        }
        guard path != ledger else {
            throw LedgerError(
                .invalidRequest,
                "\(path) is the ledger itself",
                remedy: "give --mirror a directory on another disk"
            )
        }
        if let remembered, remembered != path, !isRefilling {
            throw LedgerError(
                .invalidRequest,
                "\(directory) has its mirror in \(remembered), not in \(path)",
                remedy: "leave --mirror out; `tradeledger repair --mend --mirror \(path)` puts it in the other's place"
            )
        }
        let isBeginning = isRefilling || remembered == nil && Self.mark(path)?.directory != ledger
        if isBeginning {
            let result = unsafe mkdir(path, 0o750)
            guard result == 0 || errno == EEXIST else {
                throw LedgerError(StorageError.current("make directory", path: path))
            }
        }
        self.init(
            PosixStorage(directory: ledger),
            PosixStorage(directory: path),
            isBeginning: isBeginning,
            clock: clock,
            flusher: FlushThread()
        )
    }

    /// What a directory knows of another copy; one that cannot be read knows nothing.
    private static func mark(_ directory: String) -> MirrorMark? {
        do throws(StorageError) { return try MirrorMark.read(PosixStorage(directory: directory)) } catch { return nil }
    }
}
