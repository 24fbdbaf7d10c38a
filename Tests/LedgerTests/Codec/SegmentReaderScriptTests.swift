import Foundation
import Ledger
import LedgerTestSupport
import Testing
import TradeModel

/// The reader that follows only the page about the format, in its own process.
@Suite struct `The independent reader` {
    @Test func `prints the events and the root of the golden segment`() throws {
        let path = ProjectFile.url(ProjectFile.goldenSegment).path
        let events = try run([path])
        #expect(events.output == (try ProjectFile.bytes(ProjectFile.goldenEvents)))
        #expect(events.errors.isEmpty && events.status == 0)
        let root = try run(["--root", path])
        #expect(String(decoding: root.output, as: UTF8.self) == (try ProjectFile.text(ProjectFile.goldenRoot)))
    }

    @Test func `reads the segments of a new ledger as the program does`() throws {
        let directory = TemporaryDirectory()
        try Ledger.create(in: directory.path, configuration: smallSegments)
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        var generator = EventGenerator(seed: 20)
        for _ in 0..<40 {
            let lines = (0..<50).map { _ in EventLine(Array(generator.nextLine().utf8)) }
            for outcome in ledger.append(lines: lines) { _ = try outcome.get() }
        }
        ledger.close()
        // A segment that is being sealed when the ledger closes exists in both forms, and the plain one counts.
        let names = directory.files.filter { $0.hasPrefix("0") && !$0.hasSuffix(".snapshot") }
        let segments = names.filter { name in
            !name.hasSuffix(".sealed") || !names.contains(name.replacing(".sealed", with: ".segment"))
        }.map { directory.path + "/" + $0 }
        #expect(segments.count > 3)
        let events = try run(segments)
        #expect(events.errors.isEmpty, "\(events.errors)")
        #expect(events.output.count { $0 == UInt8(ascii: "\n") } == 2000)
        #expect(events.output == (try LedgerOutput.events(of: directory.path)))
        let root = try run(["--root"] + segments)
        #expect(String(decoding: root.output, as: UTF8.self) == (try LedgerOutput.root(of: directory.path)))
    }

    @Test func `reads sealed segments as the program does`() throws {
        let golden = try run([ProjectFile.url(ProjectFile.goldenSealed).path])
        #expect(golden.output == (try ProjectFile.bytes(ProjectFile.goldenEvents)))
        #expect(golden.errors.isEmpty && golden.status == 0)
        let log = try SealedLog()
        let events = try run(log.directory.segments.map { log.directory.path + "/" + $0 })
        #expect(events.output == (try LedgerOutput.events(of: log.directory.path)) && events.errors.isEmpty)
    }

    @Test func `refuses a sealed segment with a flipped bit`() throws {
        let log = try SealedLog()
        let name = log.directory.sealedSegments[0]
        try log.directory.damaged(name).flipBit(at: 3000)
        let result = try run([log.directory.path + "/" + name])
        #expect(result.status == 1 && result.output.isEmpty && result.errors.contains(name))
    }

    @Test func `reads a segment with lost events as the program does`() throws {
        let ledger = try GoldenLedger()
        var segment = try ledger.segment()
        segment[64 + 40 + 4] ^= 1
        try Data(segment).write(to: URL(filePath: ledger.segmentPath))
        var repair = LedgerRepair(of: ledger.directory.path)
        _ = try repair.acceptLoss(of: 1...1, reason: "disk", actor: "maria")
        let events = try run([ledger.segmentPath])
        #expect(events.output == (try ledger.events()) && events.errors.isEmpty)
        #expect(String(decoding: events.output, as: UTF8.self).contains(#""type":"ledger.lost""#))
    }

    @Test func `refuses a flipped bit and names file and offset`() throws {
        let ledger = try GoldenLedger()
        var segment = try ledger.segment()
        segment[64 + 40 + 4] ^= 1
        try Data(segment).write(to: URL(filePath: ledger.segmentPath))
        let result = try run([ledger.segmentPath])
        #expect(result.status == 1)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("\(ledger.segmentPath) at offset 64: "))
    }

    @Test func `ignores a torn write after the last frame and says so`() throws {
        let ledger = try GoldenLedger()
        let segment = try ledger.segment()
        try Data(segment + [0x54, 0x4C, 0x46, 0x52, 1, 2, 3]).write(to: URL(filePath: ledger.segmentPath))
        let result = try run([ledger.segmentPath])
        #expect(result.status == 0)
        #expect(result.output == (try ProjectFile.bytes(ProjectFile.goldenEvents)))
        #expect(result.errors.contains("\(ledger.segmentPath) at offset \(segment.count): "))
    }

    private func run(_ arguments: [String]) throws -> (output: [UInt8], errors: String, status: Int32) {
        let process = Process()
        process.executableURL = ProjectFile.url(ProjectFile.segmentReader)
        process.arguments = arguments
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        // The errors are at most a line, which fits into the pipe while the output is read.
        let bytes = Array(try output.fileHandleForReading.readToEnd() ?? Data())
        let text = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return (bytes, text, process.terminationStatus)
    }
}
