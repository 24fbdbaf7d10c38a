import TradeModel

/// Proves that bytes which were read are on disk: after a failed flush, the page cache may hold bytes that the disk
/// does not.
///
/// Writing the same bytes again makes the pages dirty, so that a flush has to write them; reading them back past the
/// cache shows what the disk then holds. Safe to do while other readers do the same.
struct TailProof<S: Storage> {
    let storage: S
    let name: String

    /// Makes the range durable without changing it.
    ///
    /// Throws if the disk does not accept it.
    func prove(_ range: Range<Int>) throws(LedgerError) {
        guard !range.isEmpty, !Failpoint.trustCacheOnOpen.isActive else { return }
        let file = try OpenFile(storage, name, .readingAndWriting)
        let bytes = try file.bytes(range)
        try file.write(bytes, at: range.lowerBound)
        try file.synchronize()
        try storage.synchronizeDirectory()
        guard let onDisk = try storage.readPastCache(name, range) else { return }
        guard onDisk == bytes else {
            throw .corruption(
                storage.directory,
                name,
                range.lowerBound,
                "the disk does not hold what was written and flushed"
            )
        }
    }

    /// Keeps a copy of a torn range in a file of its own and overwrites it with zeros.
    ///
    /// Returns the copy's name.
    func cut(_ range: Range<Int>, evidence: String) throws(LedgerError) -> String {
        let file = try OpenFile(storage, name, .readingAndWriting)
        let copy = try OpenFile(creating: evidence, storage)
        if !Failpoint.cutWithoutEvidence.isActive { try copy.write(try file.bytes(range), at: 0) }
        try copy.synchronize()
        try storage.synchronizeDirectory()
        try file.write([UInt8](repeating: 0, count: range.count), at: range.lowerBound)
        try file.synchronize()
        return evidence
    }
}
