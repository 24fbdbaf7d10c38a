import Ledger
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Replication
import Testing
import TradeModel

/// The settings of `migrate`, and what it does not change.
@Suite(.needsServer) struct `Settings of a database` {
    private static let timescaleDB = TestServer.all.first { $0.kind == .timescaledb }

    @Test(.enabled(if: timescaleDB != nil, "no server has TimescaleDB"))
    func `drop no event by default, and stay as they were set`() throws {
        let server = try #require(Self.timescaleDB)
        try server.withDatabase { (url) throws in
            let atFirst = HypertablePolicies(
                chunkDays: 7,
                columnstoreAfter: .days(45),
                retention: .never,
                priceRetention: .days(365)
            )
            #expect(try migrate(url, HypertablePolicies()) == atFirst)
            let changed = HypertablePolicies(
                chunkDays: 1,
                columnstoreAfter: .never,
                retention: .days(3650),
                priceRetention: .never
            )
            let planned = "chunks of 1 day, no columnstore, retention after 3650 days, no price retention"
            #expect(try plan(url, changed) == [planned])
            #expect(try migrate(url, changed) == changed)
            #expect(try plan(url, changed) == [])
            #expect(try migrate(url, HypertablePolicies()) == changed)
            #expect(try migrate(url, HypertablePolicies(retention: .never)).retention == .never)
            #expect(try migrate(url, atFirst) == atFirst)
        }
    }

    @Test(.enabled(if: timescaleDB != nil, "no server has TimescaleDB"))
    func `turn old chunks into columns, which are counted, verified and repaired like others`() throws {
        let server = try #require(Self.timescaleDB)
        try ReplicatedLedger.migrating(server) { ledger in
            var generator = EventGenerator(seed: 49)
            try ledger.append(&generator, count: 3000)
            try ledger.ship()
            let hours = "SELECT hour, type, events FROM ledger.events_hourly ORDER BY hour, type"
            let before = try ledger.rows(hours)
            try ledger.execute(
                "DO $$ BEGIN PERFORM compress_chunk(chunk) FROM show_chunks('ledger.trade_events') AS chunk; END $$"
            )
            try ledger.execute("CALL refresh_continuous_aggregate('ledger.events_hourly', NULL, NULL)")
            #expect(try ledger.rows(hours) == before)
            // Events of an outage that was longer than planned for go into columns too.
            try ledger.append(&generator, count: 100)
            try ledger.ship()
            let total = try ledger.value("SELECT sum(events) FROM ledger.events_hourly")
            #expect(total == "3100")
            try ledger.expectEqual()
        }
    }

    @Test(.enabled(if: timescaleDB != nil, "no server has TimescaleDB"))
    func `recount hours at once after a catch-up, for a login that may do nothing else to the job`() throws {
        let server = try #require(Self.timescaleDB)
        try ReplicatedLedger.migrating(server) { ledger in
            let isDue = """
                SELECT next_start <= now() FROM timescaledb_information.jobs WHERE hypertable_name = 'events_hourly'
                """
            #expect(try ledger.value(isDue) == "f")
            try ledger.append(HandmadeTrades.lines)
            try ledger.withLogin(inRole: "ledger_writer") { try ledger.ship(to: $0) }
            #expect(try ledger.value(isDue) == "t")
        }
    }

    @Test(arguments: TestServer.all)
    func `count events by hour and type`(server: TestServer) throws {
        try ReplicatedLedger.migrating(server) { ledger in
            try ledger.append(HandmadeTrades.lines)
            try ledger.ship()
            let hours = try ledger.rows(
                """
                SELECT type, sum(events) FROM ledger.events_hourly WHERE hour = date_trunc('hour', hour, 'UTC')
                GROUP BY 1 ORDER BY 1
                """
            )
            let events = try ledger.rows("SELECT type, count(*) FROM ledger.trade_events GROUP BY 1 ORDER BY 1")
            #expect(hours == events)
        }
    }

    @Test(arguments: TestServer.all, ReaderSeparation.allCases)
    func `show a reader the ledgers that are named for it, and all ledgers to any other reader`(
        server: TestServer,
        separation: ReaderSeparation
    ) throws {
        try server.withDatabase { url in
            let ledgers = try ([0, 1] as [Int64]).map { try ReplicatedLedger(databaseURL: url, number: $0) }
            var migrator = Migrator(try ledgers[0].connect(), separation: separation)
            _ = try migrator.run()
            for ledger in ledgers {
                // Events of every family, so that no view is empty.
                var generator = EventGenerator(seed: 1)
                try ledger.append(DayOfBot.lines() + (0..<400).map { _ in generator.nextLine() })
                try ledger.ship()
            }
            let id = ledgers[1].ledger.ledgerID
            try ledgers[0].withLogin(inRole: "ledger_reader") { address in
                var reader = try address.connectAsPerson()
                // Data about markets belongs to no ledger.
                let names = "SELECT viewname FROM pg_views WHERE schemaname = 'public' AND viewname NOT LIKE 'price%'"
                let views =
                    try ledgers[0].rows("\(names) ORDER BY 1").compactMap { $0[0] } + ["trade_history_as_of(now())"]
                #expect(views.count == 27)
                for view in views {
                    #expect(try reader.ledgers(in: view).count == 2, "\(view)")
                }
                let login = try reader.query("SELECT current_user").text(row: 0, column: 0)
                try ledgers[0].execute("INSERT INTO ledger.reader_ledgers VALUES ('\(login ?? "")', '\(id)')")
                for view in views {
                    #expect(try reader.ledgers(in: view) == [id.description], "\(view)")
                }
                try reader.execute(
                    """
                    CREATE FUNCTION pg_temp.tell(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001
                    AS $$ BEGIN RAISE EXCEPTION 'saw %', $1; END $$
                    """
                )
                let other = ledgers[0].ledger.ledgerID
                let query = "SELECT FROM trade_history WHERE ledger_id <> '\(id)' AND pg_temp.tell(symbol)"
                guard separation == .on else { return }
                #expect(try reader.query(query).rowCount == 0, "it saw a row of \(other)")
            }
        }
    }

    @Test(arguments: TestServer.all)
    func `do not change a view that somebody else created`(server: TestServer) throws {
        try ReplicatedLedger.migrating(server) { ledger in
            try ledger.withLogin(inRole: "ledger_reader") { address in
                var reader = try address.connectAsPerson()
                let login = try reader.query("SELECT current_user").text(row: 0, column: 0) ?? ""
                try ledger.execute(
                    "CREATE VIEW public.report AS TABLE trade_history; ALTER VIEW public.report OWNER TO \(login)"
                )
                var migrator = Migrator(try ledger.connect(), separation: .on)
                _ = try migrator.run()
                let options = "SELECT reloptions FROM pg_class WHERE relname = "
                #expect(try ledger.value(options + "'visible_trades'") == "{security_barrier=true}")
                #expect(try ledger.value(options + "'report'") == nil)
            }
        }
    }

    private func migrate(_ url: String, _ policies: HypertablePolicies) throws -> HypertablePolicies {
        let connection = try Connection(url: url, password: nil, applicationName: "tests")
        var migrator = Migrator(connection, policies: policies)
        return try #require(try migrator.run().policies)
    }

    private func plan(_ url: String, _ policies: HypertablePolicies) throws -> [String] {
        let connection = try Connection(url: url, password: nil, applicationName: "tests")
        var migrator = Migrator(connection, policies: policies)
        return try migrator.plan().filter { $0.kind == .policy }.map(\.name)
    }
}

extension Connection {
    /// The ledgers that a view shows rows of.
    fileprivate mutating func ledgers(in view: String) throws -> [String] {
        let result = try query("SELECT DISTINCT ledger_id::text FROM \(view) ORDER BY 1")
        return (0..<result.rowCount).compactMap { result.text(row: $0, column: 0) }
    }
}
