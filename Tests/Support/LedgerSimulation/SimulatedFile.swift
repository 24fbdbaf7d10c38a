/// One file of the simulated disk: what processes see of it, and what a power cut would leave.
///
/// A write reaches only the page cache. Until the next flush each of its sectors may or may not have reached the disk,
/// in any version written since the last flush.
struct SimulatedFile: Sendable {
    /// The bytes that a disk writes atomically.
    static let sectorByteCount = 512

    /// The content of a sector after one write.
    struct Version: Sendable {
        let time: Int
        let bytes: [UInt8]
    }

    /// The number of the file, which stays through crashes.
    let inode: UInt64
    /// The content that processes read.
    private(set) var cached: [UInt8] = []
    /// The content on the disk.
    private(set) var durable: [UInt8] = []
    /// The sectors written since the last flush, with every version since then.
    private var unflushed: [Int: [Version]] = [:]
    /// When the file was emptied since the last flush.
    private var truncatedAt: Int?

    mutating func truncate(time: Int) {
        cached = []
        unflushed = [:]
        if !durable.isEmpty { truncatedAt = time }
    }

    mutating func write(_ bytes: [UInt8], at offset: Int, time: Int) {
        guard !bytes.isEmpty else { return }
        cached.overwrite(bytes, at: offset)
        for sector in Self.sectors(offset..<(offset + bytes.count)) {
            let end = min((sector + 1) * Self.sectorByteCount, cached.count)
            let version = Version(time: time, bytes: Array(cached[(sector * Self.sectorByteCount)..<end]))
            unflushed[sector, default: []].append(version)
        }
    }

    /// A write that the page cache shows and that no flush will carry to the disk, or carries to a wrong place.
    mutating func writeAstray(_ bytes: [UInt8], at offset: Int, landingAt place: Int?) {
        cached.overwrite(bytes, at: offset)
        guard let place else { return }
        durable.overwrite(bytes, at: place)
    }

    /// Writes only the dirty pages to the disk, so not those that a failed flush marked clean.
    mutating func flush() {
        durable = bytesPastCache
        unflushed = [:]
        truncatedAt = nil
    }

    /// A failed flush: some sectors reached the disk, and all of them count as clean from now on.
    mutating func failFlush(_ generator: inout some RandomNumberGenerator) {
        durable = survivor(.subset, &generator)
        unflushed = [:]
        truncatedAt = nil
    }

    /// The result of a read past the page cache: dirty pages are written first, and clean ones are read from the disk.
    var bytesPastCache: [UInt8] {
        var bytes = truncatedAt == nil ? durable : []
        for (sector, versions) in unflushed {
            if let last = versions.last { bytes.overwrite(last.bytes, at: sector * Self.sectorByteCount) }
        }
        return bytes
    }

    /// Evicts clean pages, so that the next read shows the content of the disk.
    mutating func evict() {
        cached = bytesPastCache
    }

    /// The content after a power cut.
    func survivor(_ survivors: Survivors, _ generator: inout some RandomNumberGenerator) -> [UInt8] {
        var bytes = durable
        if let truncatedAt, survivors.keeps(truncatedAt, &generator) { bytes = [] }
        for sector in unflushed.keys.sorted() {
            let versions = unflushed[sector, default: []].filter { survivors.mayKeep($0.time) }
            guard let version = survivors.choice(of: versions, &generator) else { continue }
            bytes.overwrite(version.bytes, at: sector * Self.sectorByteCount)
        }
        return bytes
    }

    /// A file that a machine finds on its disk when it starts.
    init(found bytes: [UInt8], inode: UInt64) {
        self.inode = inode
        cached = bytes
        durable = bytes
    }

    init(inode: UInt64) {
        self.inode = inode
    }

    private static func sectors(_ range: Range<Int>) -> ClosedRange<Int> {
        (range.lowerBound / sectorByteCount)...((range.upperBound - 1) / sectorByteCount)
    }
}

/// Which of the unflushed changes a power cut leaves.
enum Survivors: Hashable, Sendable {
    /// None.
    case flushed
    /// Those up to a time, in the order in which they were made.
    case prefix(Int)
    /// Any of them.
    case subset

    func mayKeep(_ time: Int) -> Bool {
        switch self {
        case .flushed: false
        case .prefix(let last): time <= last
        case .subset: true
        }
    }

    func keeps(_ time: Int, _ generator: inout some RandomNumberGenerator) -> Bool {
        self == .subset ? Bool.random(using: &generator) : mayKeep(time)
    }

    /// The version of a sector that is left; nil if it is unchanged.
    func choice(
        of versions: [SimulatedFile.Version],
        _ generator: inout some RandomNumberGenerator
    ) -> SimulatedFile.Version? {
        guard self == .subset, !versions.isEmpty else { return versions.last }
        let index = Int.random(in: 0...versions.count, using: &generator)
        return index == versions.count ? nil : versions[index]
    }
}

extension [UInt8] {
    /// Overwrites the bytes at the offset, with zeros before it if the array ends earlier.
    mutating func overwrite(_ bytes: [UInt8], at offset: Int) {
        if offset > count { append(contentsOf: repeatElement(0, count: offset - count)) }
        let end = Swift.min(count, offset + bytes.count)
        replaceSubrange(offset..<end, with: bytes)
    }
}
