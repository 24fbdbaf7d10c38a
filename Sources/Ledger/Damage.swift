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
        canBeGivenUp: Bool = true
    ) {
        self.file = file
        self.offset = offset
        self.reason = reason
        self.isMendable = isMendable
        self.sequences = sequences.isEmpty ? nil : sequences.lowerBound...(sequences.upperBound - 1)
        let backup = "bring the file back from a backup or another disk"
        remedy =
            if isMendable {
                "`tradeledger repair --mend` mends it without loss"
            } else if let range = self.sequences, canBeGivenUp {
                backup + ", or give the events up with `tradeledger repair --accept-loss "
                    + "\(range.lowerBound)..\(range.upperBound) --reason TEXT --actor NAME`"
            } else {
                backup
            }
    }

    private init(_ damage: Damage, at path: String) {
        file = path
        offset = damage.offset
        sequences = damage.sequences
        reason = damage.reason
        isMendable = damage.isMendable
        remedy = damage.remedy
    }

    /// The same, of a file in another directory.
    func located(_ path: String) -> Damage { Damage(self, at: path) }
}

extension LedgerError {
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
