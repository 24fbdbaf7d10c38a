internal import Glibc

/// A file that a command makes: it gets its name once it is whole and on stable storage.
struct OutputFile: ~Copyable {
    let path: String
    let descriptor: Int32

    private var temporaryPath: String { path + ".tmp" }

    /// Begins the file; one of that name stays until this one is finished.
    init(path: String) throws(FileError) {
        descriptor = unsafe open(path + ".tmp", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        self.path = path
        guard descriptor >= 0 else { throw .current("make", path + ".tmp") }
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
    consuming func finish() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw .current("flush", temporaryPath) }
        guard unsafe rename(temporaryPath, path) == 0 else { throw .current("rename", temporaryPath) }
    }
}
