/// Why a file of the journal, or an entry of its index, is listed.
struct JournalFault: Error {
    let status: JournalStatus
    let message: String

    init(_ status: JournalStatus, _ message: String) {
        self.status = status
        self.message = message
    }
}

/// Why a file is listed.
enum JournalStatus: String, CaseIterable {
    /// Its trade has no price yet, so that an order stands for it.
    case unpriced
    /// The index has no entry for it.
    case unlisted
    /// The index names it, and it is not there.
    case missing
    /// No record can be read from it.
    case unreadable
    /// It is not a file of the journal.
    case unknown
    /// Its record says something else than when it was imported.
    case changed
    /// The ledger, or another file, has a different trade of this id.
    case conflict
    /// Its record breaks a rule of the ledger.
    case rejected

    /// Whether something of the journal is not in the ledger because of it.
    var isFault: Bool {
        switch self {
        case .unpriced, .unlisted: false
        case .missing, .unreadable, .unknown, .changed, .conflict, .rejected: true
        }
    }
}
