internal import Glibc

/// The directory for everything that the measurement writes, on one file system.
struct Scratch: Sendable {
    private let path: String

    /// A directory that exists.
    init(at path: String) throws {
        guard unsafe access(path, W_OK) == 0 else { throw SystemFailure("write into", path, errno) }
        self.path = path
    }

    /// A new directory of that name, which the user of a database server can also enter.
    func directory(_ name: String) throws -> String {
        let directory = path + "/" + name
        guard unsafe mkdir(directory, 0o755) == 0 else { throw SystemFailure("make", directory, errno) }
        return directory
    }

    /// Removes everything that was written.
    func empty() throws {
        for name in try Self.names(in: path) { try Self.remove(path + "/" + name) }
    }

    /// The names in a directory, sorted.
    static func names(in directory: String) throws -> [String] {
        guard let stream = unsafe opendir(directory) else { throw SystemFailure("list", directory, errno) }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The names of the segments of a ledger, in order, plain and sealed.
    static func segmentNames(in directory: String) throws -> [String] {
        try names(in: directory).filter { name in
            name.hasPrefix("0") && [".segment", ".sealed"].contains { name.hasSuffix($0) }
        }
    }

    /// The number of bytes of a file.
    static func byteCount(of path: String) throws -> Int {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw SystemFailure("examine", path, errno) }
        return status.st_size
    }

    /// The number of bytes of the files of a directory whose names match.
    static func byteCount(in directory: String, of isCounted: (String) -> Bool) throws -> Int {
        try names(in: directory).filter(isCounted).reduce(0) { $0 + (try byteCount(of: directory + "/" + $1)) }
    }

    /// Removes a file, or a directory with its content.
    static func remove(_ path: String) throws {
        if unsafe unlink(path) == 0 { return }
        guard errno == EISDIR else { throw SystemFailure("remove", path, errno) }
        for name in try names(in: path) { try remove(path + "/" + name) }
        guard unsafe rmdir(path) == 0 else { throw SystemFailure("remove", path, errno) }
    }
}

/// Replaces a file.
func writeFile(_ path: String, _ bytes: [UInt8]) throws {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw SystemFailure("create", path, errno) }
    defer { close(descriptor) }
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { throw SystemFailure("write", path, errno) }
        rest = rest.dropFirst(count)
    }
}

/// The bytes of a file.
func readFile(_ path: String) throws -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemFailure("open", path, errno) }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: try Scratch.byteCount(of: path))
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
    guard count == bytes.count else { throw SystemFailure("read", path, errno) }
    return bytes
}
