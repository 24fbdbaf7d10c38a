import Ledger
import LedgerTestSupport
import Testing

@testable import LedgerSimulation

/// The simulated disk must lose as much as a real one, or the simulation proves nothing.
@Suite struct `A simulated disk` {
    private let disk = SimulatedDisk(DiskImage())

    private func write(_ text: String, to name: String, at offset: Int = 0) throws {
        try OpenFile(disk, name, .readingAndWriting).write(Array(text.utf8), at: offset)
    }

    private func afterPowerCut(_ survivors: Survivors, seed: UInt64 = 1) -> DiskImage {
        var random = SeededGenerator(seed: seed)
        return disk.image.afterPowerCut(survivors, &random)
    }

    private func text(_ name: String, in image: DiskImage) -> String? {
        image.contents(name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// A file with a durable name and the durable text `old`.
    private func durableFile() throws {
        let file = try OpenFile(creating: "file", disk)
        try file.write(Array("old".utf8), at: 0)
        try file.synchronize()
        try disk.synchronizeDirectory()
    }

    @Test func `loses unflushed writes in a power cut`() throws {
        try durableFile()
        try write("new", to: "file")
        #expect(text("file", in: disk.image) == "new")
        #expect(text("file", in: afterPowerCut(.flushed)) == "old")
    }

    @Test func `may have written any sector that was not flushed`() throws {
        try durableFile()
        try write(String(repeating: "a", count: 1024), to: "file")
        let left = Set(
            (1...64 as ClosedRange<UInt64>).compactMap { text("file", in: afterPowerCut(.subset, seed: $0)) }
        )
        // Neither sector, the first, the second after the old content, both.
        #expect(Set(left.map(\.utf8.count)) == [3, 512, 1024])
        #expect(left.count == 4)
    }

    @Test func `loses an unflushed name, whether or not the file was flushed`() throws {
        try OpenFile(creating: "file", disk).synchronize()
        #expect(afterPowerCut(.flushed).contents("file") == nil)
        try disk.synchronizeDirectory()
        try disk.rename("file", to: "other")
        #expect(afterPowerCut(.flushed).contents("file") != nil)
        #expect(afterPowerCut(.prefix(.max)).contents("other") != nil)
    }

    @Test func `marks pages clean after a failed flush, and shows data that is not on the disk`() throws {
        var left: Set<String> = []
        for seed in 1...16 as ClosedRange<UInt64> {
            let disk = SimulatedDisk(DiskImage(["file": Array("old".utf8)]), seed: seed)
            let file = try OpenFile(disk, "file", .readingAndWriting)
            try file.write(Array("new".utf8), at: 0)
            disk.fault = (.failedFlush, 0)
            #expect(throws: LedgerError.self) { try file.synchronize() }
            // A second flush has nothing to do.
            try file.synchronize()
            var random = SeededGenerator(seed: seed)
            let durable = try #require(text("file", in: disk.image.afterPowerCut(.flushed, &random)))
            left.insert(durable)
            #expect(text("file", in: disk.image) == "new")
            #expect(try disk.readPastCache("file", 0..<3) == Array(durable.utf8))
            // Written once more, the pages are dirty again, and a flush has to carry them.
            try file.write(Array("new".utf8), at: 0)
            try file.synchronize()
            #expect(text("file", in: disk.image.afterPowerCut(.flushed, &random)) == "new")
        }
        #expect(left == ["old", "new"])
    }

    @Test func `writes what fits and refuses the rest when it is full`() throws {
        try durableFile()
        disk.byteCountMax = 5
        let error = #expect(throws: LedgerError.self) { try write("longer", to: "file") }
        #expect(error?.isDiskFull == true)
        #expect(text("file", in: disk.image) == "longe")
        try write("odd", to: "file")
    }

    @Test func `gives a lock to one writer, and releases it when the file is closed`() throws {
        _ = try OpenFile(creating: "lock", disk)
        do {
            let first = try OpenFile(disk, "lock", .readingAndWriting)
            let second = try OpenFile(disk, "lock", .readingAndWriting)
            #expect(try first.lock(.writer, .exclusive))
            #expect(try !second.lock(.writer, .exclusive))
            #expect(try second.isHeld(.writer))
        }
        #expect(try OpenFile(disk, "lock", .readingAndWriting).lock(.writer, .exclusive))
    }
}
