internal import Glibc
internal import Ledger

/// Directories that commands fill.
enum Directory {
    /// Makes a directory where there is none of that name.
    static func make(_ path: String) throws(FileError) {
        if unsafe mkdir(path, 0o750) != 0 && errno != EEXIST { throw .current("make directory", path) }
    }

    /// Makes a directory where there is none of that name; it must not lie in the one that is read to fill it.
    static func make(_ path: String, outside source: String) throws {
        let isThere = unsafe access(path, F_OK) == 0
        try DirectoryPlace.check(path, in: isThere ? nil : parent(of: path), isOutside: source)
        try make(path)
    }

    /// Throws where a file that is to be written would lie in a directory that is only read.
    static func check(file path: String, isOutside source: String) throws {
        try DirectoryPlace.check(path, in: parent(of: path), isOutside: source)
    }

    /// The directory that holds what a path names.
    static func parent(of path: String) -> String {
        let end = path.lastIndex { $0 != "/" } ?? path.startIndex
        guard let slash = path[..<end].lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
