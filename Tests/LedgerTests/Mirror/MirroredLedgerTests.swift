import Glibc
import LedgerTestSupport
import Testing

@testable import Ledger

/// A ledger in two directories beside each other.
private struct MirroredLedger {
    let directory = TemporaryDirectory()
    var first: String { directory.path + "/first" }
    var second: String { directory.path + "/second" }

    init() throws {
        guard unsafe mkdir(first, 0o700) == 0 else { throw StorageError.current("make directory", path: first) }
        try Ledger.create(in: first, mirror: second, configuration: smallSegments)
    }

    func open(_ directory: String? = nil, mirror: String? = nil) throws(LedgerError) -> Ledger {
        try Ledger(opening: directory ?? first, mirror: mirror, configuration: smallSegments)
    }

    /// The sequences that a reader of one directory alone finds.
    func count(_ directory: String) throws -> Int { try LedgerReader(opening: directory).all().count }

    /// Takes a directory away, as an unmounted disk does.
    func hide(_ directory: String) throws { try move(directory, directory + ".away") }
    func bringBack(_ directory: String) throws { try move(directory + ".away", directory) }

    private func move(_ path: String, _ newPath: String) throws {
        guard unsafe rename(path, newPath) == 0 else { throw StorageError.current("rename", path: path) }
    }

    /// Appends trades through a ledger.
    func append(_ range: ClosedRange<Int>, to ledger: Ledger) throws {
        for index in range { _ = try ledger.append(TradeEvents.opened("t\(index)")) }
    }
}

@Suite struct `A ledger with a mirror` {
    private let pair: MirroredLedger

    init() throws { pair = try MirroredLedger() }

    private func expectSameSegments() throws {
        let segments = try PosixStorage(directory: pair.first).list().filter { SegmentName(fileName: $0) != nil }
        #expect(!segments.isEmpty)
        for name in segments {
            let copies = try [pair.first, pair.second].map { try WholeFile(PosixStorage(directory: $0), name).read() }
            #expect(copies[0] == copies[1], "\(name)")
        }
    }

    @Test func `holds the same bytes in both directories, and remembers the mirror`() throws {
        var ledger = try pair.open()
        try pair.append(1...600, to: ledger)
        #expect(ledger.mirrorFault == nil)
        ledger.close()
        try expectSameSegments()
        #expect(try pair.count(pair.second) == 600)
        #expect(try PosixStorage(directory: pair.second).list().count { SegmentName(fileName: $0) != nil } > 1)
        // From the other side it is the same ledger.
        ledger = try pair.open(pair.second)
        try pair.append(601...602, to: ledger)
        ledger.close()
        try expectSameSegments()
        #expect(try LedgerMirror(of: pair.first, at: 602)?.reason == nil)
        #expect(try LedgerMirror(of: pair.second, at: 602)?.directory.hasSuffix("/first") == true)
    }

    @Test(arguments: [true, false]) func `goes on when a directory goes away, and heals it`(isFirst: Bool) throws {
        let (lost, left) = isFirst ? (pair.first, pair.second) : (pair.second, pair.first)
        var ledger = try pair.open()
        try pair.append(1...5, to: ledger)
        try pair.hide(lost)
        // Files that are open still take what is written: a flush of the directory, or a new file, meets the loss.
        try pair.append(6...400, to: ledger)
        ledger.close()
        ledger = try pair.open(left)
        #expect(ledger.mirrorFault?.message.contains(lost) == true)
        try pair.append(401...410, to: ledger)
        ledger.close()
        let mirror = try #require(try LedgerMirror(of: left, at: 410))
        #expect(mirror.reason != nil && mirror.since != nil)
        #expect(mirror.behindEventCount.map { $0 >= 10 } == true)
        #expect(try pair.count(left) == 410)

        try pair.bringBack(lost)
        #expect(try LedgerMirror(of: lost, at: 5)?.reason?.contains("this copy is behind") == true)
        ledger = try pair.open()
        #expect(ledger.mirrorFault == nil)
        try pair.append(411...412, to: ledger)
        ledger.close()
        try expectSameSegments()
        #expect(try pair.count(lost) == 412)
        #expect(try LedgerMirror(of: left, at: 412)?.reason == nil)
    }

    @Test func `refuses a second writer on either directory`() throws {
        let ledger = try pair.open()
        for directory in [pair.first, pair.second] {
            let error = #expect(throws: LedgerError.self) { try pair.open(directory) }
            #expect(error?.code == .heldByAnotherWriter)
        }
        ledger.close()
        try pair.open(pair.second).close()
    }

    @Test func `refuses two histories and names both`() throws {
        for directory in [pair.first, pair.second] {
            let other = directory == pair.first ? pair.second : pair.first
            try pair.hide(other)
            let ledger = try pair.open(directory)
            _ = try ledger.append(TradeEvents.opened("only in \(directory)"))
            ledger.close()
            try pair.bringBack(other)
        }
        let error = #expect(throws: LedgerError.self) { try pair.open() }
        #expect(error?.message.contains("/first") == true && error?.message.contains("/second") == true)
        #expect(error?.message.contains("two histories") == true)
        #expect(try pair.count(pair.first) == 1 && pair.count(pair.second) == 1)
    }

    @Test func `refuses a mirror that is another ledger, itself, or not the one that it has`() throws {
        let stranger = try MirroredLedger()
        for mirror in [stranger.first, stranger.second, pair.first] {
            #expect(throws: LedgerError.self) { try pair.open(mirror: mirror) }
        }
        let alone = TemporaryDirectory()
        try Ledger.create(in: alone.path)
        let error = #expect(throws: LedgerError.self) { try pair.open(alone.path, mirror: pair.second) }
        #expect(error?.message.contains("two histories") == true)
    }

    @Test func `does not take an empty directory for the mirror that it had`() throws {
        try pair.hide(pair.second)
        guard unsafe mkdir(pair.second, 0o700) == 0 else { throw StorageError.current("mkdir", path: pair.second) }
        let ledger = try pair.open(mirror: pair.second)
        #expect(ledger.mirrorFault?.message.contains("it holds no ledger") == true)
        try pair.append(1...3, to: ledger)
        ledger.close()
        #expect(try PosixStorage(directory: pair.second).list().isEmpty)
        var repair = LedgerRepair(of: pair.first, mirror: pair.second)
        #expect(try repair.mend().count == 1)
        #expect(try repair.damages().isEmpty)
        #expect(try pair.count(pair.second) == 3)
    }

    @Test(arguments: [true, false]) func `heals a segment of one copy from the other`(isFirst: Bool) throws {
        let ledger = try pair.open()
        try pair.append(1...600, to: ledger)
        ledger.close()
        let sick = PosixStorage(directory: isFirst ? pair.first : pair.second)
        let name = SegmentName(firstSequence: 1).fileName
        var bytes = try #require(try WholeFile(sick, name).read())
        bytes[200] ^= 1
        try WholeFile(sick, name).write(bytes)
        var repair = LedgerRepair(of: pair.first)
        let damages = try repair.damages()
        #expect(damages.count == 1 && damages.allSatisfy { $0.isMendable && $0.file.hasSuffix(name) })
        #expect(try repair.mend().count == 1)
        #expect(try repair.damages().isEmpty)
        try expectSameSegments()
        let evidence = try sick.list().filter { $0.hasPrefix("damaged-") }
        #expect(try evidence.count == 1 && WholeFile(sick, evidence[0]).read() == bytes)
        try pair.open().close()
    }

    @Test func `gives an event up in both copies where it is damaged in both`() throws {
        let ledger = try pair.open()
        try pair.append(1...20, to: ledger)
        ledger.close()
        let name = SegmentName(firstSequence: 1).fileName
        for directory in [pair.first, pair.second] {
            let storage = PosixStorage(directory: directory)
            var bytes = try #require(try WholeFile(storage, name).read())
            bytes[200] ^= 1
            try WholeFile(storage, name).write(bytes)
        }
        var repair = LedgerRepair(of: pair.first)
        let range = try #require(try repair.damages().compactMap(\.sequences).first)
        _ = try repair.acceptLoss(of: range, reason: "both disks", actor: "maria")
        #expect(try repair.damages().isEmpty)
        try expectSameSegments()
        try pair.open().close()
        #expect(try pair.count(pair.second) == 20)
    }
}
