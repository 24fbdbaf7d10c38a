import Ledger
import LedgerTestSupport
import Testing

@testable import LedgerSimulation

/// Readers of a log while its writer seals segments and begins new ones.
@Suite struct `Beside a writer that seals` {
    /// The readers that list the segments of a log and then open them.
    enum Reader: CaseIterable {
        case repair
        case events
        case verify
        case backup

        /// Reads the whole log, and throws if anything seems to be wrong with it.
        func run(_ disk: SimulatedDisk) throws {
            switch self {
            case .repair: #expect(try LogRepair(disk, clock: Machine.clock).corruptions() == [])
            case .events: _ = try RecoveredLog(disk)
            case .verify: _ = try LogReader(disk).audit { _ in }
            case .backup:
                let backup = SimulatedDisk(DiskImage())
                // A second time, to continue after the first run.
                for _ in 0..<2 {
                    _ = try LogBackup(of: disk, in: backup, clock: Machine.clock).run { _ in }
                    _ = try LogReader(backup).audit { _ in }
                }
            }
        }
    }

    /// A log with segments that are not sealed yet.
    private func unsealedLog() throws -> (DiskImage, History) {
        let machine = Machine(SimulatedDisk(DiskImage()))
        try machine.create()
        _ = try machine.open()
        var program = Program(seed: 11)
        while machine.segmentCount < 4 { try machine.send(try program.nextDrafts(), .each) }
        machine.kill()
        return (machine.disk.image, machine.history)
    }

    @Test(arguments: Reader.allCases)
    func `nothing is missing, whenever the writer continues`(reader: Reader) throws {
        let (image, history) = try unsealedLog()
        var call = 0
        var wasStruck = true
        while wasStruck {
            let machine = Machine(SimulatedDisk(image), history)
            _ = try machine.open()
            var program = Program(seed: 12)
            let first = machine.disk.callCount
            var failure: (any Error)?
            wasStruck = false
            machine.disk.beforeCall = {
                guard !wasStruck, machine.disk.callCount == first + call else { return }
                wasStruck = true
                do {
                    let count = machine.segmentCount
                    while machine.segmentCount < count + 2 { try machine.send(try program.nextDrafts(), .each) }
                    try machine.maintain()
                } catch { failure = error }
            }
            #expect(throws: Never.self, "the writer went on before call \(call) of \(reader)") {
                try reader.run(machine.disk)
            }
            machine.disk.beforeCall = nil
            #expect(failure == nil)
            call += 1
        }
        #expect(call > 10)
    }
}

extension Machine {
    /// The number of segments of the log, plain or sealed.
    fileprivate var segmentCount: Int { Set(disk.image.fileNames.compactMap(SegmentName.init(fileName:))).count }
}
