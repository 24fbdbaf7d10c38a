internal import Glibc
internal import Ledger

/// An output file that gets its name only once it is complete and flushed to the disk.
struct OutputFile: ~Copyable {
    /// What happens to an existing file of that name.
    enum Existing {
        case kept
        case replaced
    }

    let path: String
    let descriptor: Int32
    private let existing: Existing
    private let temporaryPath: String

    /// Creates the file under a temporary name.
    ///
    /// Throws if a file of the final name exists and is to be kept, or is not a regular file.
    init(path: String, existing: Existing = .kept) throws {
        try Self.check(path, existing)
        let temporaryPath = "\(path).\(UInt32.random(in: 0...UInt32.max)).tmp"
        let descriptor = unsafe open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw FileError.current("create", temporaryPath) }
        self.path = path
        self.existing = existing
        self.temporaryPath = temporaryPath
        self.descriptor = descriptor
    }

    /// Writes a file that consists of the bytes.
    static func write(_ bytes: some Sequence<UInt8>, to path: String, isProgram: Bool = false) throws {
        let file = try OutputFile(path: path)
        var output = StandardOutput(redirectedTo: file)
        try output.write(bytes)
        try output.flush()
        if isProgram && fchmod(file.descriptor, 0o750) != 0 { throw FileError.current("set the mode of", path) }
        try file.finish()
    }

    deinit {
        close(descriptor)
        // Fails if the file has its name already.
        unsafe unlink(temporaryPath)
    }

    /// Flushes the file and gives it its name.
    consuming func finish() throws {
        guard fsync(descriptor) == 0 else { throw FileError.current("flush", temporaryPath) }
        if existing == .kept {
            // Unlike a rename, this fails if the file was created meanwhile.
            if unsafe link(temporaryPath, path) == 0 { return }
            // Some file systems have no links.
            try Self.check(path, existing)
        }
        guard unsafe rename(temporaryPath, path) == 0 else { throw FileError.current("rename", temporaryPath) }
    }

    private static func check(_ path: String, _ existing: Existing) throws(Failure) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Failure(.usage, "\(path) exists and is not a file; choose another name")
        }
        guard existing == .replaced else {
            throw Failure(.usage, "\(path) already exists; choose another name, or replace it with --force")
        }
    }
}

/// Creates the directories that commands fill.
enum Directory {
    /// The working directory, as an absolute path.
    static func current() throws(FileError) -> String {
        guard let path = unsafe getcwd(nil, 0) else { throw .current("find", "the working directory") }
        defer { unsafe free(path) }
        return unsafe String(cString: path)
    }

    /// Creates a directory unless it exists.
    static func make(_ path: String) throws(FileError) {
        if unsafe mkdir(path, 0o750) != 0 && errno != EEXIST { throw .current("create directory", path) }
    }

    /// Creates a directory unless it exists; it must not be inside `source`, which the command reads.
    static func make(_ path: String, outside source: String) throws {
        let isThere = unsafe access(path, F_OK) == 0
        try DirectoryPlace.check(path, in: isThere ? nil : parent(of: path), isOutside: source)
        try make(path)
    }

    /// Throws if a file to be written would be inside `source`, which the command reads.
    static func check(file path: String, isOutside source: String) throws {
        try DirectoryPlace.check(path, in: parent(of: path), isOutside: source)
    }

    /// The directory that contains a file or directory.
    static func parent(of path: String) -> String {
        let end = path.lastIndex { $0 != "/" } ?? path.startIndex
        guard let slash = path[..<end].lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
