/// A place of a ledger that is not as it was acknowledged.
public struct Damage: Hashable, Sendable {
    /// The file in the ledger's directory; where it is missing, the name that it should have.
    public let file: String
    /// Where in the file, in bytes.
    public let offset: Int
    /// The events that cannot be read; nil where no event is lost by it.
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

extension Damage {
    /// One of the files that every ledger has beside its segments is not there; nothing of the log is lost by it.
    static func missing(_ file: String) -> Damage { Damage(file, 0, "the file is missing", isMendable: true) }

    /// The directory is a copy that was made beside a writer, so what its files hold does not fit together for certain.
    static func plainCopy(lockFile: String) -> Damage {
        Damage(
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
    /// The error with what is wrong with the whole directory beside it.
    func adding(_ damage: Damage) -> LedgerError {
        LedgerError(code, "\(message); \(damage.reason)", remedy: "\(damage.remedy); \(remedy)", damage: self.damage)
    }

    /// The error that a damage is.
    ///
    /// The one place that puts a damage into words.
    init(_ damage: Damage, in directory: String) {
        let affected = damage.sequences.map {
            "; acknowledged events \($0.lowerBound) to \($0.upperBound) cannot be read"
        }
        self.init(
            .damaged,
            "\(directory)/\(damage.file) at offset \(damage.offset): \(damage.reason)\(affected ?? "")",
            remedy: damage.remedy + "; nothing was changed",
            damage: damage
        )
    }

    static func damage(
        _ directory: String,
        _ file: String,
        _ offset: Int,
        _ reason: String,
        sequences: Range<UInt64> = 0..<0
    ) -> LedgerError {
        LedgerError(Damage(file, offset, reason, sequences: sequences), in: directory)
    }
}
