import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `A loss that was accepted` {
    private let directory: TemporaryDirectory

    /// Six events in five frames: a is opened and closed, b is opened, reduced and closed, c is opened.
    init() throws {
        directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: neverIdle)
        let batches = [
            [try TradeEvents.opened("a", eventID: Self.id(1))],
            [try TradeEvents.opened("b", eventID: Self.id(2)), try TradeEvents.reduced("b")],
            [try TradeEvents.closed("a", eventID: Self.id(4))], [try TradeEvents.closed("b")],
            [try TradeEvents.opened("c")],
        ]
        for batch in batches { _ = try ledger.append(batch: batch) }
        ledger.close()
    }

    private static func id(_ number: UInt64) -> EventID { EventID(high: 7, low: number) }

    /// Flips a bit in the payload of a frame.
    private func corrupt(frame index: Int) throws {
        let name = directory.segments[0]
        let frame = try directory.frames(of: name)[index]
        try directory.damaged(name).flipBit(at: frame.offset + FrameHeader.byteCount + 8)
    }

    private func accept(_ sequences: ClosedRange<UInt64>) throws(LedgerError) -> [Corruption] {
        var repair = LedgerRepair(of: directory.path)
        return try repair.acceptLoss(of: sequences, reason: "disk", actor: "maria")
    }

    @Test func `covers exactly the damaged events, and names them`() throws {
        try corrupt(frame: 1)
        let before = try directory.contents()
        for range in [2...2, 1...3, 2...4, 3...3, 5...6, 1...6, 2...UInt64.max] as [ClosedRange<UInt64>] {
            let error = try #require(throws: LedgerError.self) { _ = try accept(range) }
            #expect(error.code == .invalidRequest)
            #expect(error.remedy.contains("2..3"))
        }
        #expect(throws: LedgerError.self) { _ = try accept(0...5) }
        #expect(try directory.contents() == before)
        #expect(try accept(2...3).map(\.sequences) == [2...3])
    }

    /// A disk that wrote a frame to the place of another, and whose durable watermark a power cut rolled back.
    @Test func `is reported alike by opening and by repair if a later frame overwrote an earlier one`()
        throws
    {
        let name = directory.segments[0]
        let frames = try directory.frames(of: name)
        let file = directory.damaged(name)
        let bytes = try file.bytes()
        try file.zero(frames[1].offset..<frames[4].endOffset)
        try file.overwrite(Array(bytes[frames[2].offset..<frames[2].endOffset]), at: frames[1].offset)
        try directory.damaged(DurableWatermark.fileName).replace(DurableWatermark.encode(0))
        let refused = try #require(refusal(directory)?.corruption?.sequences)
        #expect(try LedgerRepair(of: directory.path).corruptions().compactMap(\.sequences) == [refused])
        #expect(try accept(refused).count == 1)
        #expect(refusal(directory) == nil)
    }

    @Test func `of all events of a segment is one damage, given up once`() throws {
        try directory.damaged(directory.segments[0]).truncate(to: FileHeader.byteCount)
        let corruptions = try LedgerRepair(of: directory.path).corruptions()
        #expect(corruptions.count == 1 && corruptions.allSatisfy { !$0.reason.contains("missing") }, "\(corruptions)")
        let all = try #require(corruptions.first?.sequences)
        #expect(try accept(all).count == 1)
        #expect(refusal(directory) == nil)
    }

    @Test func `can cover one damaged range of a file and leave another for later`() throws {
        // The later one first: frames are found up to the first that is broken.
        try corrupt(frame: 3)
        try corrupt(frame: 1)
        var repair = LedgerRepair(of: directory.path)
        #expect(try repair.corruptions().map(\.sequences) == [2...3, 5...5])
        #expect(try accept(5...5).map(\.sequences) == [5...5])
        #expect(try repair.corruptions().map(\.sequences) == [2...3])
        #expect(refusal(directory)?.corruption?.sequences == 2...3)
        #expect(try repair.acceptLoss(of: 2...3, reason: "disk", actor: "maria").count == 1)
        let types = try LedgerReader(opening: directory.path).all().map(\.body.type)
        #expect(types == [.opened, .lost, .lost, .closed, .lost, .opened])
        #expect(refusal(directory) == nil)
    }

    @Test func `is not offered for a frame that a writer is writing`() throws {
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        for index in 0..<50 {
            _ = try ledger.append(try TradeEvents.opened("beside \(index)"))
            #expect(try LedgerRepair(of: directory.path).corruptions() == [])
        }
        ledger.close()
    }

    @Test func `keeps the damaged file and records who gave up what and why`() throws {
        try corrupt(frame: 1)
        let name = directory.segments[0]
        let offset = try directory.frames(of: name)[0].endOffset
        let damaged = try directory.damaged(name).bytes()
        _ = try accept(2...3)
        let events = try LedgerReader(opening: directory.path).all()
        for event in events[1...2] {
            #expect(event.body.type == .lost && event.body.subject.isEmpty)
            #expect(event.body.text(.reason) == "disk" && event.body.text(.actor) == "maria")
            #expect(event.recordedAt == events[0].recordedAt)
            let context = try #require(event.body.text(.context))
            let evidence = try #require(directory.files.first { $0.hasPrefix("damaged-") })
            #expect(context == #"{"file":"\#(name)","offset":\#(offset),"evidence":"\#(evidence)"}"#)
            #expect(try directory.damaged(evidence).bytes() == damaged)
        }
        #expect(events[1].eventID != events[2].eventID)
    }

    @Test func `skips events that depend on lost events, which may be sent again`() throws {
        try corrupt(frame: 0)
        _ = try accept(1...1)
        var ledger = try Ledger(opening: directory.path, configuration: neverIdle)
        #expect(try ledger.trade("a") == nil)
        #expect(try ledger.trade("b")?.status == .closed)
        // The close is in the log but in no trade, so a retry is not a duplicate.
        #expect(throws: AppendError.self) { _ = try ledger.append(try TradeEvents.closed("a", eventID: Self.id(4))) }
        #expect(try ledger.append(try TradeEvents.opened("a", eventID: Self.id(1))).status == .appended)
        #expect(try ledger.append(try TradeEvents.closed("a", eventID: Self.id(4))).status == .appended)
        #expect(try ledger.append(try TradeEvents.closed("a", eventID: Self.id(4))).status == .duplicate)
        #expect(try ledger.trade("a")?.status == .closed)
        ledger.close()
        ledger = try Ledger(opening: directory.path, configuration: neverIdle)
        #expect(try ledger.trade("a")?.firstSequence == 7)
        #expect(try ledger.append(try TradeEvents.closed("a", eventID: Self.id(4))).sequence == 8)
        ledger.close()
        var follower = TradeFollower(recomputing: PosixStorage(directory: directory.path))
        while try follower.next(upTo: 8) != nil {}
        #expect(follower.folding.lostCount == 1 && follower.folding.leftOutCount == 1)
    }

    /// The ids that the ledger made are sent again with events that a copy of the log printed.
    @Test(arguments: [false, true])
    func `skips events whose ids the ledger derived, which may be sent again`(isCovered: Bool) throws {
        let directory = TemporaryDirectory()
        try Ledger.create(in: directory.path, configuration: smallSegments)
        var ledger = try Ledger(opening: directory.path, configuration: neverIdle)
        let drafts = try [TradeEvents.opened("a"), TradeEvents.closed("a"), TradeEvents.opened("b")]
        for draft in drafts { _ = try ledger.append(draft) }
        ledger.close()
        let originals = try LedgerReader(opening: directory.path).all().map { $0.copied() }
        let name = directory.segments[0]
        let frame = try directory.frames(of: name)[0]
        try directory.damaged(name).flipBit(at: frame.offset + FrameHeader.byteCount + 8)
        var repair = LedgerRepair(of: directory.path)
        _ = try repair.acceptLoss(of: 1...1, reason: "disk", actor: "maria")
        ledger = try Ledger(opening: directory.path, configuration: neverIdle)
        if isCovered { try cover(&ledger, in: directory) }
        let again = originals.map { EventDraft(eventID: $0.eventID, body: $0.body) }
        #expect(try ledger.append(again[2]).status == .duplicate)
        for expected in [Receipt.Status.appended, .duplicate, .duplicate] {
            for draft in again.prefix(2) { #expect(try ledger.append(draft).status == expected) }
            ledger.close()
            ledger = try Ledger(opening: directory.path, configuration: neverIdle)
        }
        ledger.close()
    }

    /// Appends until an index run covers the first events.
    private func cover(_ ledger: inout Ledger, in directory: TemporaryDirectory) throws {
        let remark = String(repeating: "r", count: 1000)
        var index = 0
        while !directory.files.contains(where: { IndexRunName(fileName: $0) != nil }) {
            try #require(index < 1000)
            index += 1
            let remarks = try (0..<50).map { try TradeEvents.annotated("c \(index)", remark + String($0)) }
            _ = try ledger.append(batch: [try TradeEvents.opened("c \(index)")] + remarks)
            // Closing waits for the maintenance thread.
            ledger.close()
            ledger = try Ledger(opening: directory.path, configuration: neverIdle)
        }
    }

    @Test func `does not excuse an earlier event that broke a rule`() throws {
        var subjects = SubjectState()
        let close = Event(
            sequence: 1,
            recordedAt: Timestamp(microsecondsSince1970: 0),
            eventID: Self.id(1),
            body: try TradeEvents.closed("never opened").body
        )
        #expect(throws: LedgerError.self) {
            _ = try subjects.apply(
                close,
                TradeTerms(close.body.bytes.span),
                ofSubject: Fingerprint.subject(of: close.body),
                fill: nil,
                history: { [] }
            )
        }
    }

    @Test func `cannot be sent by a producer`() throws {
        let error = #expect(throws: Rejection.self) {
            _ = try EventJSON.decode(
                line: Array(
                    #"{"type":"ledger.lost","occurred_at":1700000000001,"reason":"r","actor":"a"}"#.utf8
                )
            )
        }
        #expect(error?.code == .invalidField && error?.message.contains("repair") == true)
        var body = BodyWriter(
            type: .lost,
            occurredAt: Timestamp(microsecondsSince1970: 1),
            subject: []
        )
        body.append(.reason, text: "r".utf8)
        body.append(.actor, text: "a".utf8)
        let draft = EventDraft(body: body.finish())
        let ledger = try Ledger(opening: directory.path, configuration: neverIdle)
        #expect(throws: AppendError.self) { _ = try ledger.append(draft) }
        ledger.close()
        #expect(try LedgerReader(opening: directory.path).durableSequence() == 6)
    }

    @Test func `is refused while a writer holds the ledger, and without a reason or an actor`() throws {
        try corrupt(frame: 1)
        let storage = PosixStorage(directory: directory.path)
        do {
            let lock = try WriterLock(storage)
            let error = try #require(throws: LedgerError.self) { _ = try accept(2...3) }
            #expect(error.code == .heldByAnotherWriter)
            _ = consume lock
        }
        for (reason, actor) in [("", "a"), ("r", ""), (String(repeating: "r", count: 1025), "a")] {
            let error = try #require(throws: LedgerError.self) {
                var repair = LedgerRepair(of: directory.path)
                _ = try repair.acceptLoss(of: 2...3, reason: reason, actor: actor)
            }
            #expect(error.code == .invalidRequest)
        }
        #expect(directory.files.contains { $0.hasPrefix("damaged-") } == false)
    }

    @Test func `of more events than fit into a loss frame is in several frames`() throws {
        try directory.damaged(DurableWatermark.fileName).replace(DurableWatermark.encode(25_006))
        _ = try accept(7...25_006)
        let frames = try directory.segments.flatMap { try directory.frames(of: $0) }
        #expect(frames.count { $0.header.kind == .loss } == 3)
        let events = try LedgerReader(opening: directory.path).all()
        #expect(events.map(\.sequence) == Array(1...25_006))
        #expect(Set(events.map(\.eventID)).count == 25_006)
        let ledger = try Ledger(opening: directory.path, configuration: neverIdle)
        #expect(try ledger.append(try TradeEvents.opened("next")).sequence == 25_007)
        ledger.close()
    }

    @Test func `discards the stored nodes of the Merkle tree that cover the lost events`() throws {
        let log = try LogOfSegments(eventCount: 1000)
        let storage = PosixStorage(directory: log.directory.path)
        let ledgerID = try LogReader(storage).ledgerID
        var tree = LogTree(recomputing: storage)
        try tree.advance(to: 1000)
        var file = try TreeFile(storage, ledgerID, continuingAfter: 0)
        try file.append(tree.blocks[...])
        let name = log.names[0]
        let frame = try log.directory.frames(of: name)[1]
        try log.directory.damaged(name).flipBit(at: frame.offset + 60)
        var repair = LedgerRepair(of: log.directory.path)
        let range = frame.header.firstSequence...(frame.header.endSequence - 1)
        _ = try repair.acceptLoss(of: range, reason: "disk", actor: "maria")
        #expect(try LogTree(storage, ledgerID, upTo: 1000).sequence == 0)
        #expect(log.directory.files.contains { $0.hasPrefix("damaged-") && $0.hasSuffix("merkle.nodes") })
        try Ledger(opening: log.directory.path, configuration: smallSegments).close()
        var recomputed = LogTree(recomputing: storage)
        try recomputed.advance(to: 1000)
        _ = try LogReader(storage).auditTreeFile(against: recomputed)
    }
}
