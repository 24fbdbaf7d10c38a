internal import Glibc

/// A file that a command makes: it gets its name once it is whole and on stable storage.
struct OutputFile: ~Copyable {
    /// What becomes of a file that has the name already.
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
    /// Throws where the name is taken and is kept, and where it is that of anything but a file.
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
        // Gone already where the file has got its name.
        unsafe unlink(temporaryPath)
    }

    /// Gives the file its name.
    consuming func finish() throws {
        guard fsync(descriptor) == 0 else { throw FileError.current("flush", temporaryPath) }
        if existing == .kept {
            // Unlike a rename this fails where somebody has made such a file meanwhile.
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
            throw Failure(.usage, "\(path) is there and is no file; name another one")
        }
        guard existing == .replaced else {
            throw Failure(.usage, "\(path) is there already; name another file, or replace it with --force")
        }
    }
}
