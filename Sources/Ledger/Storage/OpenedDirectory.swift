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
