import Ledger
import LedgerTestSupport
import Testing
import TradeModel

@Suite struct `A marker that the database is ahead` {
    private static let aheadMarker = DatabaseAheadMarker(
        sequence: 9,
        root: nil,
        endpoint: #"database "d" at h:5432"#,
        logSequence: 1,
        notedAt: Timestamp(microsecondsSince1970: 1_767_322_000_000_000)
    )

    @Test func `stops new events while it exists`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path)
        let opened = try ledger.append(TradeEvents.opened("t"))
        let storage = PosixStorage(directory: directory.path)
        try Self.aheadMarker.write(storage)
        #expect(try DatabaseAheadMarker.read(storage)?.message == Self.aheadMarker.message)

        let error = try #require(throws: AppendError.self) { try ledger.append(TradeEvents.increased("t")) }
        guard case .rejected(let rejection) = error else { throw error }
        #expect(rejection.code == .ledgerBehindDatabase)
        #expect(rejection.message == Self.aheadMarker.message)
        // A broken rule is reported first, and a retry is still recognised.
        let broken = try #require(throws: AppendError.self) { try ledger.append(TradeEvents.increased("u")) }
        guard case .rejected(let unknown) = broken else { throw broken }
        #expect(unknown.code == .unknownTrade)
        #expect(try ledger.append(TradeEvents.opened("t")).status == .duplicate)

        try DatabaseAheadMarker.remove(storage)
        #expect(try ledger.append(TradeEvents.increased("t")).sequence == opened.sequence + 1)
        var kept: [RejectedEvent] = []
        try LedgerReader(opening: directory.path).rejectedEvents { kept.append($0) }
        #expect(kept.map(\.code) == ["ledger_behind_database", "unknown_trade"])
        ledger.close()
    }

    @Test func `counts even if it cannot be read`() throws {
        let directory = TemporaryDirectory()
        try Ledger.create(in: directory.path)
        let ledger = try Ledger(opening: directory.path)
        let storage = PosixStorage(directory: directory.path)
        _ = try OpenFile(creating: DatabaseAheadMarker.fileName, storage)
        let error = try #require(throws: AppendError.self) { try ledger.append(TradeEvents.opened("t")) }
        guard case .rejected(let rejection) = error else { throw error }
        #expect(rejection.code == .ledgerBehindDatabase)
        ledger.close()
    }
}
