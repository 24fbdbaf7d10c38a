/// What is attacked, and how.
enum AttackKind: String, CaseIterable {
    /// Bits, sectors and files of a ledger's directory.
    case flips
    /// File calls that fail and processes that are killed while a producer appends.
    case faults
    /// Altered checkpoints, proofs and keys.
    case proofs
    /// Logs that break a rule, with correct checksums.
    case forgeries
    /// Values in the database that nobody expects.
    case cells
    /// Functions, settings and logins that mean harm.
    case hostile
    /// Standard streams that are closed.
    case pipes
    /// Lines that mean harm.
    case lines

    /// Makes one attack; the same seed makes the same one.
    ///
    /// Returns how many single attacks it was. Throws `BrokenPromise` where one succeeded.
    func attack(seed: UInt64, _ rig: Rig) throws -> Int {
        switch self {
        case .flips: try FlipsAttack(seed: seed).run(rig)
        case .faults: try FaultsAttack(seed: seed).run()
        case .proofs: try ProofsAttack(seed: seed).run(rig)
        case .forgeries: try ForgeriesAttack(seed: seed).run()
        case .cells: try CellsAttack(seed: seed).run(rig)
        case .hostile: try HostileAttack(seed: seed).run(rig)
        case .pipes: try PipesAttack(seed: seed).run(rig)
        case .lines: try LinesAttack(seed: seed).run()
        }
    }
}

/// A promise that an attack has broken.
struct BrokenPromise: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Throws where a promise is broken.
func promise(_ isKept: Bool, _ description: @autoclosure () -> String) throws(BrokenPromise) {
    guard isKept else { throw BrokenPromise(description()) }
}
