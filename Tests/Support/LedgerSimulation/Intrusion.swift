import Ledger
import LedgerTestSupport

/// Others that interfere with an open ledger: somebody removes the lock file, a repair, a second writer.
extension Machine {
    private enum Meddling: CaseIterable {
        case none
        case removal
        case replacement
    }

    /// Removes or replaces the lock file, or leaves it, and makes others try to repair the ledger and append to it.
    ///
    /// They must be refused, and a writer that has lost its lock file must notice. Then the writer ends, and repair
    /// recreates the file.
    func intrude(_ random: inout SeededGenerator) throws {
        guard isOpen, disk.fault == nil else { return }
        // If the machine crashes while the file is missing, a person has to repair it, so no crash run does that.
        let observer = disk.beforeCall
        disk.beforeCall = nil
        defer { disk.beforeCall = observer }
        let meddling = Meddling.allCases[Int(random.next(below: UInt64(Meddling.allCases.count)))]
        switch meddling {
        case .none: break
        case .removal: disk.replace(Self.lockFileName, nil)
        case .replacement: disk.replace(Self.lockFileName, [])
        }
        try requireHeld("a repair beside the writer") { () throws(LedgerError) in
            var repair = LogRepair(self.disk, clock: Self.clock)
            _ = try repair.mend()
        }
        guard meddling != .removal else { return try repairLockFile() }
        try requireHeld("a second writer") { () throws(LedgerError) in
            _ = try LedgerCore(opening: self.disk, Self.configuration, Self.clock)
        }
        if meddling == .replacement { try repairLockFile() }
    }

    private static let lockFileName = "lock"

    private func requireHeld(_ who: String, _ intrusion: () throws(LedgerError) -> Void) throws {
        do throws(LedgerError) { try intrusion() } catch {
            guard error.code == .heldByAnotherWriter else { throw SimulationFailure("\(who) got: \(error)") }
            return
        }
        throw SimulationFailure("\(who) got the ledger as well")
    }

    private func repairLockFile() throws {
        let isNoticed: Bool
        do throws(LedgerError) {
            try rest()
            isNoticed = false
        } catch {
            guard error.code == .unusable else { throw error }
            isNoticed = true
        }
        guard isNoticed else { throw SimulationFailure("a writer went on without its lock file") }
        kill()
        // If the disk is full, the person who repairs the ledger frees space first.
        if disk.byteCountMax < .max { disk.byteCountMax += 100 }
        var repair = LogRepair(disk, clock: Self.clock)
        _ = try repair.mend()
    }
}
