/// Why an operation failed: a fault of the machine or of the data, never of an event.
public struct LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of fault that callers tell apart.
    public enum Code: Hashable, Sendable {
        /// There is no ledger in that directory.
        case notALedger
        /// The ledger was written by a newer version of this software.
        case newerFormat
        /// Another process holds the ledger for writing.
        case heldByAnotherWriter
        /// The operating system refused an operation; the number is its `errno`.
        case inputOutput(errno: Int32)
        /// Bytes that were acknowledged are missing or changed.
        case damaged
        /// Two copies of one ledger hold different histories, or the wrong one of them is longer.
        case diverged
        /// The ledger is closed, was poisoned by a failed flush, or belongs to the parent of a forked process.
        case unusable
        /// The caller asked for something that the ledger does not have or allow.
        case invalidRequest
    }

    /// The kind of fault.
    public let code: Code
    /// What happened, to which file and where.
    public let message: String
    /// What to do next.
    public let remedy: String
    /// The place and the events affected, if the log's files are damaged.
    public let corruption: Corruption?
    /// The directory that a diagnosis can say more about; nil once it was diagnosed, and for other faults.
    let undiagnosedDirectory: String?

    /// An error from its parts.
    public init(_ code: Code, _ message: String, remedy: String) {
        self.init(code, message, remedy: remedy, corruption: nil)
    }

    init(
        _ code: Code,
        _ message: String,
        remedy: String,
        corruption: Corruption?,
        undiagnosedDirectory: String? = nil
    ) {
        self.code = code
        self.message = message
        self.remedy = remedy
        self.corruption = corruption
        self.undiagnosedDirectory = undiagnosedDirectory
    }

    /// Message and remedy as one line.
    public var description: String { "\(message); \(remedy)" }
}

extension LedgerError {
    static let closed = LedgerError(.unusable, "the ledger was closed", remedy: "open it again")
}
