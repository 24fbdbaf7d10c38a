internal import Glibc

/// An output file that gets its name only once it is complete and on stable storage.
struct OutputFile: ~Copyable {
    /// What to do about an existing file of that name.
    enum Existing {
        case kept
        case replaced
    }

    let path: String
    let descriptor: Int32
    private let existing: Existing
    private let temporaryPath: String

    /// Begins the file.
    ///
    /// Throws if the name is taken and must be kept, or is not that of a regular file.
    init(path: String, existing: Existing = .kept) throws {
        try Self.check(path, existing)
        let temporaryPath = "\(path).\(UInt32.random(in: 0...UInt32.max)).tmp"
        let descriptor = unsafe open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw FileError.current("make", temporaryPath) }
        self.path = path
        self.existing = existing
        self.temporaryPath = temporaryPath
        self.descriptor = descriptor
    }

    /// Makes a file of bytes that are at hand.
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
        // Already gone if the file was given its name.
        unsafe unlink(temporaryPath)
    }

    /// Gives the file its name.
    consuming func finish() throws {
        guard fsync(descriptor) == 0 else { throw FileError.current("flush", temporaryPath) }
        if existing == .kept {
            // Unlike a rename, this fails if the file was created meanwhile.
            if unsafe link(temporaryPath, path) == 0 { return }
            // Not every file system has links.
            try Self.check(path, existing)
        }
        guard unsafe rename(temporaryPath, path) == 0 else { throw FileError.current("rename", temporaryPath) }
    }

    private static func check(_ path: String, _ existing: Existing) throws(Failure) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Failure(.usage, "\(path) exists and is not a file; name another one")
        }
        guard existing == .replaced else {
            throw Failure(.usage, "\(path) already exists; name another file, or replace it with --force")
        }
    }
}
