internal import Glibc

/// Directories that commands fill.
enum Directory {
    /// Makes a directory where there is none of that name.
    static func make(_ path: String) throws(FileError) {
        if unsafe mkdir(path, 0o750) != 0 && errno != EEXIST { throw .current("make directory", path) }
    }

    /// The directory that holds what a path names.
    static func parent(of path: String) -> String {
        let end = path.lastIndex { $0 != "/" } ?? path.startIndex
        guard let slash = path[..<end].lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
