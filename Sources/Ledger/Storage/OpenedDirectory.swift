internal import CLedgerShims
internal import Glibc

/// A directory that was opened once: names are looked up in it, wherever its path leads later.
final class OpenedDirectory: Sendable {
    /// For looking up names only; -1 where the directory could not be opened.
    let descriptor: Int32
    /// Why it could not be opened; 0 where it was.
    let errorNumber: Int32
    /// The path from the root on, with the links that are in it.
    private let path: String

    init(_ path: String) {
        descriptor = unsafe ledger_open_directory(path)
        errorNumber = descriptor < 0 ? errno : 0
        self.path = Self.fromRoot(path)
    }

    /// A directory in an open one, by a descriptor for looking up names.
    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        errorNumber = 0
        self.path = path
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// What became of it; nil where its path leads to it, or to nothing because it was moved away.
    func displacement() throws(LedgerError) -> Displacement? {
        // Each operation on a directory that could not be opened says why.
        guard descriptor >= 0 else { return nil }
        let result = unsafe path.withCString { unsafe ledger_is_named(AT_FDCWD, $0, descriptor) }
        if result == 1 { return nil }
        guard result == 0 || [ENOENT, ENOTDIR, ELOOP].contains(errno) else { throw .refused("examine", path: path) }
        if try isRemoved() { return .removed }
        return try result == 0 ? .replaced(nowAt: currentPath()) : nil
    }

    /// Whether nothing leads to it any more.
    private func isRemoved() throws(LedgerError) -> Bool {
        let count = ledger_link_count(descriptor)
        guard count >= 0 else { throw .refused("examine", path: path) }
        return count == 0
    }

    /// The path that leads to it now, as the system knows it.
    private func currentPath() throws(LedgerError) -> String {
        let link = "/proc/self/fd/\(descriptor)"
        var characters = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink(link, &characters, characters.count)
        guard count >= 0 else { throw .refused("read", path: link) }
        return String(decoding: characters[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func fromRoot(_ path: String) -> String {
        guard !path.hasPrefix("/"), let folder = unsafe getcwd(nil, 0) else { return path }
        defer { unsafe free(folder) }
        return unsafe String(cString: folder) + "/" + path
    }
}

/// What happened to an open directory that is no longer the one at its path.
package enum Displacement: Equatable, Sendable {
    /// It was removed: what is written to its files goes with it.
    case removed
    /// It has another path now, and another directory has its own.
    case replaced(nowAt: String)
}

/// Errors for a ledger that was moved, removed or replaced, in whole or in part, while it was open.
extension LedgerError {
    /// The directory has another path now, and another directory has its own.
    static func replacedDirectory(_ directory: String, nowAt path: String) -> LedgerError {
        LedgerError(
            .unusable,
            "\(directory) is another directory now; the ledger that process \(getpid()) has opened is in \(path)",
            remedy: "everything that it acknowledged is in \(path); decide which of the two is the ledger"
        )
    }

    /// The directory is gone, with every file in it.
    static func removedDirectory(_ directory: String) -> LedgerError {
        LedgerError(
            .unusable,
            "\(directory) was removed while process \(getpid()) had it open",
            remedy: "bring it back from a backup or from the database with `tradeledger restore`"
        )
    }

    /// The lock file is not the one that the writer holds.
    static func replacedLockFile(_ directory: String) -> LedgerError {
        LedgerError(
            .unusable,
            "\(directory)/lock was removed or replaced while process \(getpid()) held it",
            remedy: "end this process and run `tradeledger repair --mend`, which makes the file anew"
        )
    }

    /// A process holds the directory but not its lock file, so it cannot be identified.
    static func heldWithoutLockFile(_ directory: String) -> LedgerError {
        LedgerError(
            .heldByAnotherWriter,
            "\(directory) is held by another process, whose lock file was removed or replaced",
            remedy: "find that process with `fuser -v \(directory)` and end it; then run `tradeledger repair --mend`"
        )
    }
}

extension Storage {
    /// Throws where the directory was removed, or its path leads to another one than was opened.
    func checkInPlace() throws(LedgerError) {
        let displacement = try self.displacement()
        switch displacement {
        case .removed?: throw .removedDirectory(directory)
        case .replaced(let path)?: throw .replacedDirectory(directory, nowAt: path)
        case nil: return
        }
    }
}

/// Where directories lie, whatever they are called: links, relative paths and mounts make no difference.
package enum DirectoryPlace {
    /// What tells a directory from every other one.
    private struct Number: Equatable {
        let device: dev_t
        let inode: ino_t

        /// Nil if there is no such directory, or it cannot be accessed.
        init?(_ path: String) {
            var status = stat()
            guard unsafe stat(path, &status) == 0 else { return nil }
            (device, inode) = (status.st_dev, status.st_ino)
        }
    }

    /// Throws where a directory that is to be filled is the one that is read, or lies in it.
    ///
    /// What is put there would be lost with the other one, and be taken for a part of it. A directory that is not there
    /// yet is looked for in the parent that it is to have.
    package static func check(
        _ directory: String,
        in parent: String? = nil,
        isOutside source: String
    ) throws(LedgerError) {
        guard let forbidden = Number(source) else { return }
        var path = parent ?? directory
        var place = Number(path)
        while let here = place {
            guard here != forbidden else {
                throw LedgerError(
                    .invalidRequest,
                    "\(directory) is \(source) itself or lies in it",
                    remedy: "choose a directory outside of it, best on another disk"
                )
            }
            path += "/.."
            place = Number(path)
            // The root is its own parent.
            if place == here { return }
        }
    }
}

/// The path from the root on, without links as far as it is there.
package func absolutePath(_ path: String) -> String {
    if let resolved = unsafe realpath(path, nil) {
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }
    guard !path.hasPrefix("/"), let folder = unsafe getcwd(nil, 0) else { return path }
    defer { unsafe free(folder) }
    return unsafe String(cString: folder) + "/" + path
}
