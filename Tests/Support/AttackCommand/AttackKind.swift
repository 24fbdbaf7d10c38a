/// A kind of attack.
enum AttackKind: String, CaseIterable {
    /// Bits, sectors and files of a ledger's directory.
    case flips
    /// File calls that fail and processes that are killed while a producer appends.
    case faults
    /// Altered checkpoints, proofs and keys.
    case proofs
    /// Logs that break a rule, with correct checksums.
    case forgeries
    /// Unexpected values in the database.
    case cells
    /// Hostile functions, settings and logins.
    case hostile
    /// Standard streams that are closed.
    case pipes
    /// Hostile lines.
    case lines
    /// Hostile requests to a running service.
    case service

    /// Performs one attack; the same seed gives the same attack.
    ///
    /// Returns the number of single attacks. Throws `BrokenPromise` if one succeeded.
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
        case .service: try ServiceAttack(seed: seed).run()
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

/// Throws if a promise is broken.
func promise(_ isKept: Bool, _ description: @autoclosure () -> String) throws(BrokenPromise) {
    guard isKept else { throw BrokenPromise(description()) }
}
