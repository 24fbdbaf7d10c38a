import Ledger
import LedgerTestSupport
import TradeModel

/// A closed ledger that is damaged: it opens completely, or says what is wrong and where.
struct CorruptionRun {
    private var random: SeededGenerator

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    /// Creates a ledger, damages it in one place, and opens it as a writer and as a reader.
    mutating func perform() throws {
        let machine = Machine(SimulatedDisk(DiskImage()))
        try machine.create()
        _ = try machine.open()
        var workload = Workload(seed: random.next())
        var backup = machine.disk.image
        for step in 0..<(2 * workload.stepCount) {
            try workload.step(machine)
            if step == workload.stepCount { backup = machine.disk.image }
        }
        try machine.rest()
        machine.kill()
        // A power cut may roll back the durable watermark, so only the log itself asserts its end.
        let isPowerCut = random.next(below: 2) == 0
        var image = machine.disk.image.afterPowerCut(isPowerCut ? .flushed : .prefix(.max), &random)
        let corruption =
            isPowerCut
            ? InjectedCorruption.flippedBit
            : InjectedCorruption.allCases[Int(random.next(below: UInt64(InjectedCorruption.allCases.count)))]
        let place = try corruption.apply(to: &image, backup: backup, &random)
        do {
            try judge(image, machine.history)
            var repair = RepairCheck(history: machine.history, seed: random.next())
            try repair.run(image)
        } catch let error as SimulationFailure {
            throw SimulationFailure("\(corruption) of \(place)\(isPowerCut ? " after a power cut" : ""): \(error)")
        }
    }

    private func judge(_ image: DiskImage, _ history: History) throws {
        for isReader in [true, false] {
            let machine = Machine(SimulatedDisk(image), history)
            do {
                if !isReader { _ = try machine.open() }
                let log = try RecoveredLog(machine.disk)
                try require(
                    history.problem(with: log.events) ?? history.problem(withRejected: log.rejected),
                    isReader ? "a reader" : "a writer"
                )
                if !isReader { try retry(log, machine) }
            } catch let error as LedgerError {
                try Refusal(error).check()
            }
        }
    }

    /// No event on record is appended again, whatever happened to the files that recognise it.
    private func retry(_ log: RecoveredLog, _ machine: Machine) throws {
        machine.adopt(log)
        do {
            for event in log.events {
                try machine.send([EventDraft(eventID: event.eventID, body: event.body)], .each)
            }
        } catch let error as LedgerError {
            guard error.code == .unusable || error.code == .damaged else { throw error }
        }
        guard machine.history.acknowledged.count == log.events.count else {
            throw SimulationFailure("an event on record was appended again")
        }
    }
}

/// What can happen to one file of a ledger.
private enum InjectedCorruption: CaseIterable {
    case flippedBit
    case zeroedSector
    case truncated
    case missing
    case renamed
    case duplicated
    case stale
    case foreign

    /// Damages a file; returns its name and the place.
    func apply(to image: inout DiskImage, backup: DiskImage, _ random: inout SeededGenerator) throws -> String {
        let segments = image.fileNames.filter { SegmentName(fileName: $0) != nil }.sorted()
        let derived = image.fileNames.filter { $0.hasSuffix(".run") || $0.hasSuffix(".snapshot") }.sorted()
        let names =
            switch self {
            case .flippedBit: segments + derived + [Self.rejected]
            case .zeroedSector, .truncated, .missing, .stale: segments + derived
            case .renamed, .duplicated, .foreign: segments
            }
        let name = names[Int(random.next(below: UInt64(names.count)))]
        guard var bytes = image.contents(name) else { preconditionFailure("the name was listed") }
        let usedCount = (bytes.lastIndex { $0 != 0 } ?? 0) + 1
        let offset = Int(random.next(below: UInt64(usedCount)))
        let form: SegmentName.Form = name.hasSuffix(SegmentName.Form.sealed.rawValue) ? .sealed : .plain
        let other = SegmentName(firstSequence: 1 + random.next(below: 60)).fileName(form)
        switch self {
        // A file may be empty if a deliberate bug lets a crash leave one.
        case .flippedBit: if offset < bytes.count { bytes[offset] ^= 1 << UInt8(random.next(below: 8)) }
        case .zeroedSector:
            let start = offset / SimulatedFile.sectorByteCount * SimulatedFile.sectorByteCount
            let end = min(bytes.count, start + SimulatedFile.sectorByteCount)
            bytes.overwrite([UInt8](repeating: 0, count: end - start), at: start)
        case .truncated: bytes.removeSubrange(offset...)
        case .missing: image.replace(name, nil)
        case .renamed:
            image.replace(name, nil)
            image.replace(other, bytes)
        case .duplicated: if image.contents(other) == nil { image.replace(other, bytes) }
        case .stale: bytes = backup.contents(name) ?? bytes
        case .foreign: bytes = try Self.foreignSegment()
        }
        if self != .missing && self != .renamed { image.replace(name, bytes) }
        return "\(name) at \(offset)"
    }

    private static let rejected = "rejected.log"

    /// A segment of another ledger, which holds other events.
    private static func foreignSegment() throws -> [UInt8] {
        let machine = Machine(SimulatedDisk(DiskImage()))
        try machine.create(EventID.version7(at: Timestamp(microsecondsSince1970: 0), random: (7, 7)))
        _ = try machine.open()
        var program = Program(seed: 7)
        for _ in 0..<3 { try machine.send(try program.nextDrafts(), .each) }
        return machine.disk.image.contents(SegmentName(firstSequence: 1).fileName) ?? []
    }
}
