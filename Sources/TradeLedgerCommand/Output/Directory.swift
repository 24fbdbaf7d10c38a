internal import Glibc

/// A directory that a command fills.
enum Directory {
    /// Makes a directory where there is none of that name.
    static func make(_ path: String) throws(FileError) {
        if unsafe mkdir(path, 0o750) != 0 && errno != EEXIST { throw .current("make directory", path) }
    }
}
