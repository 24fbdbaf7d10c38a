import Glibc
import LedgerTestSupport
import Testing

@testable import Ledger

/// Two directories, one of which refuses what a test says.
@Suite struct `A mirrored storage` {
    private let directories = (TemporaryDirectory(), TemporaryDirectory())
    private let first: RefusingStorage
    private let second: RefusingStorage
    private let storage: MirroredStorage<RefusingStorage>

    init() throws {
        first = RefusingStorage(directories.0)
        second = RefusingStorage(directories.1)
        storage = MirroredStorage(first, second, clock: ManualClock().clock, flusher: FlushThread())
        try storage.noteWriter()
    }

    @Test func `writes to both, and flushes both`() throws {
        let file = try OpenFile(creating: "file", storage)
        try file.write([1, 2, 3], at: 0)
        for _ in 0..<100 { try file.synchronize() }
        #expect(try WholeFile(first, "file").read() == [1, 2, 3])
        #expect(try WholeFile(second, "file").read() == [1, 2, 3])
    }

    @Test(arguments: [true, false]) func `notes on one disk that the other has failed`(isFirst: Bool) throws {
        let (failing, left) = isFirst ? (first, second) : (second, first)
        failing.refuse(.synchronizeDirectory, .error(EIO))
        let file = try OpenFile(creating: "file", storage)
        try storage.synchronizeDirectory()
        let note = try #require(try MirrorNote.read(left))
        #expect(note.directory == failing.directory && note.reason.contains("refused by the test"))
        #expect(try MirrorNote.read(failing) == nil)
        failing.permit(.synchronizeDirectory)
        // It stays away: what it missed only opening can bring.
        try file.write([7], at: 0)
        try file.synchronize()
        #expect(try WholeFile(failing, "file").read()?.isEmpty == true)
        #expect(try WholeFile(left, "file").read() == [7])
    }

    @Test func `throws where both fail, and notes nothing`() throws {
        first.refuse(.synchronizeDirectory, .error(EIO))
        second.refuse(.synchronizeDirectory, .error(EIO))
        #expect(throws: StorageError.self) { try storage.synchronizeDirectory() }
        #expect(storage.fault == nil)
    }

    @Test func `throws where the one that is left fails too`() throws {
        first.refuse(.synchronizeDirectory, .error(EIO))
        try storage.synchronizeDirectory()
        second.refuse(.synchronizeDirectory, .error(EIO))
        #expect(throws: StorageError.self) { try storage.synchronizeDirectory() }
    }

    @Test func `takes a full disk for full on both, and keeps the mirror`() throws {
        let file = try OpenFile(creating: "file", storage)
        second.refuse(.allocate, .error(ENOSPC))
        let error = #expect(throws: LedgerError.self) { try file.allocate(4096) }
        #expect(error?.isDiskFull == true)
        #expect(storage.fault == nil)
        second.refuse(.allocate, .unsupported)
        #expect(try !file.allocate(4096))
    }

    @Test(.mounts(.tmpfs)) func `goes on when the disk of a mirror becomes read-only or is unmounted`() throws {
        for command in ["mount -o remount,ro", "umount -l"] {
            let (home, disk) = (TemporaryDirectory(), try SmallDisk(.tmpfs, mebibyteCount: 2))
            let mirror = disk.path + "/ledger"
            try Ledger.create(in: home.path, mirror: mirror, configuration: smallSegments)
            let ledger = try Ledger(opening: home.path, configuration: smallSegments)
            _ = try ledger.append(TradeEvents.opened("before"))
            #expect(ledger.mirrorFault == nil)
            ledger.close()
            #expect(unsafe system("\(command) \(disk.path) 2> /dev/null") == 0)
            let again = try Ledger(opening: home.path, configuration: smallSegments)
            for index in 0..<600 { _ = try again.append(TradeEvents.opened("after \(index)")) }
            #expect(again.mirrorFault?.message.contains(mirror) == true, "\(command)")
            again.close()
            #expect(try LedgerReader(opening: home.path).all().count == 601)
        }
    }
}
