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

    private struct Parts: Hashable {
        let code: Code
        let message: String
        let remedy: String
        let corruption: Corruption?
        let undiagnosedDirectory: String?
    }

    /// Makes an error one pointer.
    ///
    /// A commit copies several optional errors, and so does each event that came as a line. The copy of an optional of
    /// many words takes a hundred instructions even where it is nil.
    private indirect enum Box: Hashable {
        case parts(Parts)
    }

    private let box: Box

    /// The kind of fault.
    public var code: Code { parts.code }
    /// What happened, to which file and where.
    public var message: String { parts.message }
    /// What to do next.
    public var remedy: String { parts.remedy }
    /// The place and the events affected, if the log's files are damaged.
    public var corruption: Corruption? { parts.corruption }
    /// The directory that a diagnosis can say more about; nil once it was diagnosed, and for other faults.
    var undiagnosedDirectory: String? { parts.undiagnosedDirectory }

    private var parts: Parts {
        switch box {
        case .parts(let parts): parts
        }
    }

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
        box = .parts(
            Parts(
                code: code,
                message: message,
                remedy: remedy,
                corruption: corruption,
                undiagnosedDirectory: undiagnosedDirectory
            )
        )
    }

    /// Message and remedy as one line.
    public var description: String { "\(message); \(remedy)" }
}

extension LedgerError {
    static let closed = LedgerError(.unusable, "the ledger was closed", remedy: "open it again")
}

/// A place in a ledger where acknowledged data is missing or changed.
public struct Corruption: Hashable, Sendable {
    /// The file in the ledger's directory; if it is missing, the name that it should have.
    public let file: String
    /// Where in the file, in bytes.
    public let offset: Int
    /// The events that cannot be read; nil if no event is lost.
    public let sequences: ClosedRange<UInt64>?
    /// What is wrong there.
    public let reason: String
    /// Whether it can be mended without loss.
    public let isMendable: Bool
    /// What to do about it.
    public let remedy: String

    init(
        _ file: String,
        _ offset: Int,
        _ reason: String,
        sequences: Range<UInt64> = 0..<0,
        isMendable: Bool = false,
        canBeGivenUp: Bool = true,
        remedy: String? = nil
    ) {
        self.file = file
        self.offset = offset
        self.reason = reason
        self.isMendable = isMendable
        self.sequences = sequences.isEmpty ? nil : sequences.lowerBound...(sequences.upperBound - 1)
        let backup = "bring the file back from a backup or another disk"
        self.remedy =
            if let remedy {
                remedy
            } else if isMendable {
                "`tradeledger repair --mend` mends it without loss"
            } else if let range = self.sequences, canBeGivenUp {
                backup + ", or give the events up with `tradeledger repair --accept-loss "
                    + "\(range.lowerBound)..\(range.upperBound) --reason TEXT --actor NAME`"
            } else {
                backup
            }
    }
}

extension Corruption {
    /// A file that every ledger has beside its segments is missing; no event is lost.
    static func missing(_ file: String) -> Corruption { Corruption(file, 0, "the file is missing", isMendable: true) }

    /// The directory was copied while a writer was active, so its files may not be consistent with each other.
    static func plainCopy(lockFile: String) -> Corruption {
        Corruption(
            lockFile,
            0,
            "the directory is a plain copy of one that a writer held, so acknowledged events may be missing from it",
            isMendable: true,
            remedy: "copy the original with `tradeledger backup DIR`; where this copy is all there is, "
                + "`tradeledger repair --mend` accepts it as it is"
        )
    }
}

extension LedgerError {
    /// The error, combined with a problem of the whole directory.
    func adding(_ corruption: Corruption) -> LedgerError {
        LedgerError(
            code,
            "\(message); \(corruption.reason)",
            remedy: "\(corruption.remedy); \(remedy)",
            corruption: self.corruption
        )
    }

    /// The error for a corruption, as it is reported.
    ///
    /// The only place that words a corruption.
    init(_ corruption: Corruption, in directory: String) {
        self.init(corruption, in: directory, undiagnosedDirectory: nil)
    }

    private init(_ corruption: Corruption, in directory: String, undiagnosedDirectory: String?) {
        let affected = corruption.sequences.map {
            "; acknowledged events \($0.lowerBound) to \($0.upperBound) cannot be read"
        }
        self.init(
            .damaged,
            "\(directory)/\(corruption.file) at offset \(corruption.offset): \(corruption.reason)\(affected ?? "")",
            remedy: corruption.remedy + "; nothing was changed",
            corruption: corruption,
            undiagnosedDirectory: undiagnosedDirectory
        )
    }

    /// The error of a reader that met a corruption and stopped there: it does not know which events follow.
    ///
    /// `explained(by:)` completes it before it leaves the library.
    static func corruption(
        _ directory: String,
        _ file: String,
        _ offset: Int,
        _ reason: String,
        sequences: Range<UInt64> = 0..<0
    ) -> LedgerError {
        .met(Corruption(file, offset, reason, sequences: sequences), in: directory)
    }

    /// The error of a reader that met a corruption.
    static func met(_ corruption: Corruption, in directory: String) -> LedgerError {
        LedgerError(corruption, in: directory, undiagnosedDirectory: directory)
    }
}
