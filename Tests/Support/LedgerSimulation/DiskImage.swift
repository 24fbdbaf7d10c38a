/// A directory on the simulated disk: files and names, each as processes see them and as a power cut would leave them.
package struct DiskImage: Sendable {
    /// A change of the directory that no flush has made durable yet.
    private struct NameChange {
        let time: Int
        let removed: String?
        let added: (name: String, file: Int)?
    }

    /// Every file that was made, named or not.
    private(set) var files: [SimulatedFile] = []
    private var names: [String: Int] = [:]
    /// The names, because many calls list them.
    private(set) var fileNames: [String] = []
    private var durableNames: [String: Int] = [:]
    private var unflushedNames: [NameChange] = []
    /// Counts the changes, to order them.
    private(set) var time = 0
    /// The number of files created so far, on this disk and on those before a crash.
    private var inodeCount: UInt64 = 0

    init() {}

    /// A disk that holds files, all of them durable.
    package init(_ files: [String: [UInt8]]) {
        for (name, bytes) in files { replace(name, bytes) }
    }

    func file(named name: String) -> Int? { names[name] }

    /// The content of a file as processes read it; nil if there is no file of that name.
    package func contents(_ name: String) -> [UInt8]? { names[name].map { files[$0].cached } }

    /// Bytes that the files take.
    var byteCount: Int { Set(names.values).reduce(0) { $0 + files[$1].cached.count } }

    mutating func create(_ name: String) -> Int {
        time += 1
        if let file = names[name] {
            files[file].truncate(time: time)
            return file
        }
        inodeCount += 1
        files.append(SimulatedFile(inode: inodeCount))
        change(removing: nil, adding: (name, files.count - 1))
        return files.count - 1
    }

    mutating func write(_ bytes: [UInt8], to file: Int, at offset: Int) {
        time += 1
        files[file].write(bytes, at: offset, time: time)
    }

    mutating func writeAstray(_ bytes: [UInt8], to file: Int, at offset: Int, landingAt place: Int?) {
        time += 1
        files[file].writeAstray(bytes, at: offset, landingAt: place)
    }

    mutating func flush(_ file: Int) { files[file].flush() }

    mutating func failFlush(_ file: Int, _ generator: inout some RandomNumberGenerator) {
        files[file].failFlush(&generator)
    }

    mutating func rename(_ name: String, to newName: String) {
        guard let file = names[name] else { preconditionFailure("the caller looked the file up") }
        time += 1
        change(removing: name, adding: (newName, file))
    }

    mutating func remove(_ name: String) {
        time += 1
        change(removing: name, adding: nil)
    }

    mutating func flushNames() {
        durableNames = names
        unflushedNames = []
    }

    /// Puts a durable file on the disk, without a call of the ledger.
    mutating func replace(_ name: String, _ bytes: [UInt8]?) {
        setFile(of: name, nil)
        if let bytes {
            inodeCount += 1
            files.append(SimulatedFile(found: bytes, inode: inodeCount))
            setFile(of: name, files.count - 1)
        }
        flushNames()
    }

    /// Evicts clean pages from the page cache.
    mutating func evict() {
        for index in files.indices { files[index].evict() }
    }

    /// The disk as the machine finds it after a power cut.
    func afterPowerCut(_ survivors: Survivors, _ generator: inout some RandomNumberGenerator) -> DiskImage {
        var found = durableNames
        for change in unflushedNames where survivors.keeps(change.time, &generator) {
            if let removed = change.removed { found[removed] = nil }
            if let added = change.added { found[added.name] = added.file }
        }
        var image = DiskImage()
        image.inodeCount = inodeCount
        for (name, file) in found.sorted(by: { $0.key < $1.key }) {
            let bytes = files[file].survivor(survivors, &generator)
            image.files.append(SimulatedFile(found: bytes, inode: files[file].inode))
            image.setFile(of: name, image.files.count - 1)
        }
        image.flushNames()
        return image
    }

    private mutating func change(removing removed: String?, adding added: (name: String, file: Int)?) {
        if let removed { setFile(of: removed, nil) }
        if let added { setFile(of: added.name, added.file) }
        unflushedNames.append(NameChange(time: time, removed: removed, added: added))
    }

    private mutating func setFile(of name: String, _ file: Int?) {
        if let file {
            if names.updateValue(file, forKey: name) == nil { fileNames.append(name) }
        } else if names.removeValue(forKey: name) != nil {
            fileNames.removeAll { $0 == name }
        }
    }
}
