import Ledger
import LedgerTestSupport
import Replay
import Testing
import TradeModel

@Suite struct `An audit of a ledger` {
    private let configuration = LedgerConfiguration(segmentByteCount: 64 << 10)

    /// What a batch began, ended or halted before it was undone is in no snapshot and in no index run.
    @Test func `finds nothing in a ledger whose writer undid batches`() throws {
        let directory = TemporaryDirectory()
        try Ledger.create(in: directory.path, configuration: configuration)
        let ledger = try Ledger(opening: directory.path, configuration: configuration)
        var generator = EventGenerator(seed: 5)
        let orphan = #"{"type":"trade.voided","trade_id":"nobody","occurred_at":1700000000000}"#
        func expectUndone(_ lines: [String]) throws {
            let drafts = try (lines + [orphan]).map { try EventJSON.decode(line: Array($0.utf8)) }
            #expect(throws: AppendError.self) { try ledger.append(batch: drafts) }
        }
        for _ in 0..<200 {
            let lines = (0..<10).map { _ in generator.nextLine() }
            try expectUndone(lines)
            let bodies = try lines.map { try EventJSON.decode(line: Array($0.utf8)).body }
            _ = try ledger.append(batch: bodies.map { EventDraft(body: $0) })
            let orders = bodies.filter { $0.type == .orderSubmitted }.map(\.subject)
            try expectUndone(
                orders.map { #"{"type":"order.expired","order_id":"\#($0)","occurred_at":1800000000000}"# }
            )
        }
        ledger.close()
        try directory.deriveFiles(configuration)
        let checks = try LedgerAudit(try LedgerReader(opening: directory.path)).run { _ in }
        #expect(checks.compactMap(\.problem) == [])
        #expect(
            directory.files.contains { $0.hasSuffix(".snapshot") } && directory.files.contains { $0.hasSuffix(".run") }
        )
    }

    @Test func `finds nothing in an intact ledger`() throws {
        let directory = try filled(eventCount: 2000)
        var visited: UInt64 = 0
        let checks = try LedgerAudit(try LedgerReader(opening: directory.path)).run { visited = $0 }
        #expect(visited == 2000)
        #expect(checks.map(\.name) == ["log", "clock", "fold", "merkle", "identities", "snapshots", "rejected"])
        #expect(checks.allSatisfy { $0.problem == nil })
    }

    @Test func `names file and offset of a changed byte`() throws {
        let directory = try filled(eventCount: 2000)
        let name = try #require(directory.files.first { $0.hasSuffix(".segment") })
        try directory.damaged(name).flipBit(at: 500)
        let checks = try LedgerAudit(try LedgerReader(opening: directory.path)).run { _ in }
        let problem = try #require(checks.first?.problem)
        #expect(problem.contains("\(name) at offset 64"))
        #expect(problem.contains("acknowledged"))
    }

    @Test func `trusts no Merkle nodes of another ledger`() throws {
        let directory = try filled(eventCount: 2000)
        let other = try filled(eventCount: 2000)
        try directory.deriveFiles(configuration)
        try other.deriveFiles(configuration)
        let before = try root(of: directory)
        try directory.damaged("merkle.nodes").replace(try other.damaged("merkle.nodes").bytes())
        #expect(try root(of: directory) == before)
        #expect(try root(of: other) != before)
    }

    @Test func `only one check reports a damaged index run, and the others still pass`() throws {
        let directory = try filled(eventCount: 2000)
        try directory.deriveFiles(configuration)
        let whole = try LedgerAudit(try LedgerReader(opening: directory.path)).run { _ in }
        let name = try #require(directory.files.first { $0.hasSuffix(".run") })
        let run = directory.damaged(name)
        try run.flipBit(at: try run.bytes().count - 3)
        let checks = try LedgerAudit(try LedgerReader(opening: directory.path)).run { _ in }
        #expect(checks.filter { $0.problem != nil }.map(\.name) == ["identities"])
        #expect(checks.first { $0.name == "identities" }?.problem?.contains(name) == true)
        for (check, before) in zip(checks, whole) where check.name != "identities" {
            #expect(check.extent == before.extent)
        }
    }

    /// Somebody who rewrites the log with valid checksums can add events that the ledger would refuse.
    @Test func `finds an id that was used twice`() throws {
        let original = try filled(eventCount: 2000)
        let sound = try LedgerAudit(try LedgerReader(opening: original.path), isDeep: true).run { _ in }
        #expect(sound.map(\.name) == ["log", "clock", "fold", "merkle", "identities", "snapshots", "rejected"])
        #expect(sound.allSatisfy { $0.problem == nil })

        let unused = EventID(high: 1, low: 1)
        #expect(
            try problem(whereLastEventOf: original) { events, last in
                let closed = try #require(events.first { $0.body.type == .closed })
                let opened = try #require(events.first { $0.body.subject == closed.body.subject })
                last = Event(sequence: 0, recordedAt: last.recordedAt, eventID: unused, body: opened.body)
                return "event 2000 breaks a rule: trade \(opened.body.subject) was opened by event \(opened.sequence)"
            }
        )
        #expect(
            try problem(whereLastEventOf: original) { events, last in
                let open = try #require(Array(try openTrades(events)).first)
                let opened = try #require(events.first { Array($0.body.subjectBytes) == open })
                last = Event(sequence: 0, recordedAt: last.recordedAt, eventID: unused, body: opened.body)
                return "event 2000 breaks a rule: trade \(opened.body.subject) was opened by event \(opened.sequence)"
            }
        )
        #expect(
            try problem(whereLastEventOf: original) { events, last in
                last = Event(sequence: 0, recordedAt: last.recordedAt, eventID: events[6].eventID, body: last.body)
                return "event 2000 breaks a rule: event 7 has the id \(events[6].eventID), too"
            }
        )
    }

    /// Whether audits report what `change` returns, after it changed the last event of the log: from the segments
    /// alone, and with index runs of the forged log.
    private func problem(
        whereLastEventOf original: TemporaryDirectory,
        _ change: ([Event], inout Event) throws -> String
    ) throws -> Bool {
        let forged = TemporaryDirectory()
        var expected = ""
        try ForgedLog.write(from: original.path, into: forged.path, configuration: configuration) { events in
            var last = events[events.count - 1]
            expected = try change(events, &last)
            events[events.count - 1] = last
        }
        try forged.deriveFiles(configuration)
        return try [false, true].allSatisfy { isDeep in
            let checks = try LedgerAudit(try LedgerReader(opening: forged.path), isDeep: isDeep).run { _ in }
            let found = checks.compactMap(\.problem)
            return found.count == 1 && found[0].hasPrefix(expected)
        }
    }

    /// The ids of the trades that no event closes or voids.
    private func openTrades(_ events: [Event]) throws -> Set<[UInt8]> {
        var open: Set<[UInt8]> = []
        for event in events.dropLast() {
            let id = Array(event.body.subjectBytes)
            switch event.body.type {
            case .opened: open.insert(id)
            case .closed, .voided: open.remove(id)
            default: break
            }
        }
        return open
    }

    /// The root that the audit names, with the first digits from the extent.
    private func root(of directory: TemporaryDirectory) throws -> Substring? {
        let checks = try LedgerAudit(try LedgerReader(opening: directory.path)).run { _ in }
        let merkle = try #require(checks.first { $0.name == "merkle" })
        #expect(merkle.problem == nil)
        return merkle.extent.split(separator: ",").first
    }

    private func filled(eventCount: Int) throws -> TemporaryDirectory {
        let directory = TemporaryDirectory()
        try Ledger.create(in: directory.path, configuration: configuration)
        let ledger = try Ledger(opening: directory.path, configuration: configuration)
        var generator = EventGenerator(seed: 5)
        let lines = (0..<eventCount).map { _ in EventLine(Array(generator.nextLine().utf8)) }
        for outcome in ledger.append(lines: lines) { _ = try outcome.get() }
        ledger.close()
        return directory
    }
}
