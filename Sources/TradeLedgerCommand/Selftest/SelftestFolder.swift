internal import Glibc
internal import Ledger

/// The folder of one self-test, on the disk where the ledger is or would be.
struct SelftestFolder {
    let path: String
    /// The ledger that is tested.
    var ledger: String { path + "/ledger" }

    /// Makes the folder: within the ledger's directory where that exists, else within the one that would hold it.
    ///
    /// A sibling of a directory that exists could lie on another disk.
    init(for ledgerDirectory: String) throws(FileError) {
        let isThere = unsafe access(ledgerDirectory, F_OK) == 0
        let place = isThere ? ledgerDirectory : Directory.parent(of: ledgerDirectory)
        path = "\(place)/selftest-\(getpid())"
        for directory in [path, ledger] where unsafe mkdir(directory, 0o700) != 0 {
            throw .current("make directory", directory)
        }
    }

    /// Removes the folder and everything in it.
    func remove() throws {
        for directory in [ledger, path] {
            let storage = PosixStorage(directory: directory)
            for name in try storage.list() { try storage.remove(name) }
            guard unsafe rmdir(directory) == 0 else { throw FileError.current("remove", directory) }
        }
    }
}
