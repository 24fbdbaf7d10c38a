internal import Ledger

/// One file of a ledger's directory, and the ways to damage it.
package struct DamagedFile {
    package let name: String
    private let storage: PosixStorage

    package init(_ name: String, in directory: TemporaryDirectory) { self.init(name, at: directory.path) }

    package init(_ name: String, at path: String) {
        self.name = name
        storage = PosixStorage(directory: path)
    }

    package func bytes() throws -> [UInt8] {
        let file = try OpenFile(storage, name, .reading)
        return try file.bytes(0..<(try file.byteCount()))
    }

    /// One bit of the byte is flipped.
    package func flipBit(at offset: Int) throws {
        let byte = try bytes()[offset]
        try overwrite([byte ^ 0x10], at: offset)
    }

    /// The range is zeros.
    package func zero(_ range: Range<Int>) throws {
        try overwrite([UInt8](repeating: 0, count: range.count), at: range.lowerBound)
    }

    /// The bytes are replaced.
    package func overwrite(_ bytes: [UInt8], at offset: Int) throws {
        try OpenFile(storage, name, .readingAndWriting).write(bytes, at: offset)
    }

    /// The file ends early.
    package func truncate(to byteCount: Int) throws {
        try replace(Array(try bytes().prefix(byteCount)))
    }

    /// The content is replaced; the file is created if it is missing.
    package func replace(_ bytes: [UInt8]) throws {
        try OpenFile(creating: name, storage).write(bytes, at: 0)
    }

    /// The file is gone.
    package func remove() throws {
        try storage.remove(name)
    }

    /// The file has another name.
    package func rename(to newName: String) throws {
        try storage.rename(name, to: newName)
    }
}

extension TemporaryDirectory {
    /// A file of the directory, to be damaged.
    package func damaged(_ name: String) -> DamagedFile { DamagedFile(name, in: self) }

    /// Every file and its bytes, without the folder of requests.
    package func contents() throws -> [String: [UInt8]] {
        var contents: [String: [UInt8]] = [:]
        for name in files where name != RequestFile.folder { contents[name] = try damaged(name).bytes() }
        return contents
    }

    /// A copy of all files, as after a crash of the writer.
    ///
    /// It leaves out the note in the lock file, which would reveal the copy.
    package func copy() throws -> TemporaryDirectory {
        let copy = TemporaryDirectory()
        for (name, bytes) in try contents() {
            try copy.damaged(name).replace(name == "lock" ? Array(bytes.prefix(20)) : bytes)
        }
        return copy
    }
}
