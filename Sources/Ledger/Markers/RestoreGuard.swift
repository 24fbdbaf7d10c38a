/// The file that marks a directory as incomplete while a ledger is restored or replayed into it.
struct RestoreGuard<S: Storage> {
    private let storage: S

    static var fileName: String { "restoring" }

    init(_ storage: S) {
        self.storage = storage
    }

    /// Checks that the directory holds at most the remains of an interrupted restore, and marks it as incomplete.
    func begin() throws(LedgerError) {
        let names = try storage.list().filter { $0 != "lost+found" }
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
        try guardFile.write([])
        try storage.synchronizeParentDirectory()
    }

    /// Removes the mark, which makes the directory a ledger.
    func end() throws(LedgerError) { try remove(Self.fileName) }

    private func remove(_ name: String) throws(LedgerError) {
        try AtomicFile(storage, name).remove()
    }
}
