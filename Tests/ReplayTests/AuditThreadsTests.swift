import LedgerTestSupport
import Replay
import Testing
import TradeModel

@testable import Ledger

@Suite struct `An audit of a ledger by several threads` {
    /// Small segments give parts of single segments, and a large one gives many parts of one segment.
    private static let configurations = [
        LedgerConfiguration(segmentByteCount: 64 << 10), LedgerConfiguration(segmentByteCount: 4 << 20),
    ]

    @Test(arguments: [0, 1]) func `finds the same as one thread in a whole log`(shape: Int) throws {
        let directory = try filled(Self.configurations[shape])
        #expect(try findings(directory).filter { $0.contains("differs") } == [])
        try directory.deriveFiles(Self.configurations[shape])
        #expect(try findings(directory).filter { $0.contains("differs") } == [])
    }

    /// Several damages at a time: a thread may meet a later one first, but the first is reported.
    @Test(arguments: 0..<8 as Range<UInt64>) func `finds the same as one thread in a damaged log`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let configuration = Self.configurations[Int(seed % 2)]
        let directory = try filled(configuration)
        if seed % 3 > 0 { try directory.deriveFiles(configuration) }
        let names = directory.files.filter { SegmentName(fileName: $0) != nil }
        for _ in 0...Int(seed % 4) {
            let name = names[Int(random.next(below: UInt64(names.count)))]
            let byteCount = UInt64(try directory.damaged(name).bytes().count)
            try directory.damaged(name).flipBit(at: Int(random.next(below: byteCount)))
        }
        _ = try findings(directory)
    }

    @Test(arguments: [0, 1]) func `reports the first of two records that are not canonical`(shape: Int) throws {
        let original = try filled(Self.configurations[shape])
        let reports = try [[500], [500, 1300]].map { indexes in
            let forged = TemporaryDirectory()
            let configuration = Self.configurations[shape]
            try ForgedLog.write(from: original.path, into: forged.path, configuration: configuration) { events in
                for index in indexes { events[index] = events[index].with(Self.remark("a", context: "no object")) }
            }
            return try findings(forged).map { $0.replacing(forged.path, with: "") }
        }
        #expect(reports[0].count == 1 && reports[0][0].contains("cannot be read"), "\(reports)")
        #expect(reports[0] == reports[1])
    }

    /// Events before damage are folded first.
    @Test(arguments: [0, 1]) func `reports a broken rule before a record that is not canonical`(shape: Int) throws {
        let (original, forged) = (try filled(Self.configurations[shape]), TemporaryDirectory())
        let configuration = Self.configurations[shape]
        try ForgedLog.write(from: original.path, into: forged.path, configuration: configuration) { events in
            events[500] = events[500].with(Self.remark("no trade", context: "{}"))
            events[501] = events[501].with(Self.remark("a", context: "no object"))
        }
        let found = try findings(forged)
        #expect(found.count == 1 && found[0].contains("event 501 breaks a rule"), "\(found)")
    }

    /// A body that is written without a check.
    private static func remark(_ trade: String, context: String) -> EventBody {
        let time = Timestamp(microsecondsSince1970: 1_800_000_000_000_000)
        var writer = BodyWriter(type: .annotated, occurredAt: time, subject: trade.utf8)
        writer.append(.context, text: context.utf8)
        return writer.finish()
    }

    /// What audits by one thread, two and five report, which must be the same.
    private func findings(_ directory: TemporaryDirectory) throws -> [String] {
        let reader: LedgerReader
        do throws(LedgerError) { reader = try LedgerReader(opening: directory.path) } catch {
            #expect(error.code == .damaged)
            return [error.description]
        }
        let reports = [1, 2, 5].map { threadCount in
            [false, true].map { isDeep in
                do throws(LedgerError) {
                    return try LedgerAudit(reader, isDeep: isDeep, threadCount: threadCount).run { _ in }
                        .map { "\($0.name): \($0.extent)" + ($0.problem.map { " differs: \($0)" } ?? "") }
                } catch {
                    return [error.description]
                }
            }
        }
        for report in reports { #expect(report == reports[0]) }
        return reports[0][0]
    }

    private func filled(_ configuration: LedgerConfiguration) throws -> TemporaryDirectory {
        let directory = TemporaryDirectory()
        try Ledger.create(in: directory.path, configuration: configuration)
        let ledger = try Ledger(opening: directory.path, configuration: configuration)
        var generator = EventGenerator(seed: 11)
        for _ in 0..<8 {
            let lines = (0..<200).map { _ in EventLine(Array(generator.nextLine().utf8)) }
            for outcome in ledger.append(lines: lines) { _ = try outcome.get() }
        }
        ledger.close()
        return directory
    }
}

extension Event {
    fileprivate func with(_ body: EventBody) -> Event {
        Event(sequence: sequence, recordedAt: recordedAt, eventID: eventID, body: body)
    }
}
