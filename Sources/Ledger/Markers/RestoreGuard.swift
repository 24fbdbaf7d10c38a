/// The file that keeps everybody out of a directory into which a ledger is being restored or replayed.
struct RestoreGuard<S: Storage> {
    private let storage: S

    static var fileName: String { "restoring" }

    init(_ storage: S) {
        self.storage = storage
    }

    /// Makes sure that the directory holds nothing but what an interrupted restore has left, and that it is no ledger
    /// until the end.
    func begin() throws(LedgerError) {
        let names: [String]
        do { names = try storage.list().filter { $0 != "lost+found" } } catch { throw LedgerError(error) }
        if names.contains(Self.fileName) {
            for name in names where name != Self.fileName { try remove(name) }
            return
        }
        let guardFile = AtomicFile(storage, Self.fileName)
        if let name = names.first(where: { $0 != guardFile.temporaryName }) {
            throw LedgerError(
                .invalidRequest,
                "\(storage.directory) is not empty: it holds \(name)",
                remedy: "choose a directory that does not exist or is empty"
            )
        }
        do throws(StorageError) {
            try guardFile.write([])
            try storage.synchronizeParentDirectory()
        } catch { throw LedgerError(error) }
    }

    /// Makes the directory the ledger that its files are.
    func end() throws(LedgerError) { try remove(Self.fileName) }

    private func remove(_ name: String) throws(LedgerError) {
        do { try AtomicFile(storage, name).remove() } catch { throw LedgerError(error) }
    }
}
