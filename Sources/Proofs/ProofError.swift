public import Ledger

/// Why a proof failed, or could not be made.
public enum ProofError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The log, or a file, failed.
    case ledger(LedgerError)
    /// There is no key, or one that may not be used.
    case key(String, remedy: String)
    /// A checkpoint or a proof is not what it claims to be.
    case refused(String)

    /// What happened and what to do, on one line.
    public var description: String {
        switch self {
        case .ledger(let error): error.description
        case .key(let message, let remedy): "\(message); \(remedy)"
        case .refused(let reason): reason
        }
    }
}
