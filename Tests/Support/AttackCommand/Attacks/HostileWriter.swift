internal import LedgerTestSupport
internal import Postgres

/// A login in `ledger_writer` that plants rows for another ledger.
struct HostileWriter {
    private let database: AttackedDatabase
    /// Whether the login is limited to another ledger.
    private let isBound: Bool

    init(_ database: AttackedDatabase, isBound: Bool) {
        (self.database, self.isBound) = (database, isBound)
    }

    func attack() throws -> Int {
        let ledgers = try TwoLedgers(database)
        let name = try database.rows("SELECT current_database()")[0][0] ?? ""
        let login = "writer_\(name)"
        try database.execute("CREATE ROLE \(login) LOGIN IN ROLE ledger_writer")
        if isBound {
            try database.execute("INSERT INTO ledger.writer_ledgers VALUES ('\(login)', '\(ledgers.ownID)')")
        }
        let plants = Self.plants(ledgers.otherID)
        for (index, plant) in plants.enumerated() {
            guard try isPlanted(plant.statement, login) else { continue }
            do {
                try promise(!isBound || !plant.isRefusedWhereBound, "a login bound to another ledger may do this")
                try check(ledgers.other, ledgers.otherID, index)
            } catch let broken as BrokenPromise {
                throw BrokenPromise("after \(plant.statement): \(broken)")
            }
        }
        return plants.count
    }

    /// Whether the statement has changed a row.
    private func isPlanted(_ statement: String, _ login: String) throws -> Bool {
        var connection = try AttackedDatabase(url: database.url + "&user=\(login)").connect()
        do { return try connection.query(statement).affectedRowCount > 0 } catch { return false }
    }

    /// What it tries, and whether row security refuses it if the login is limited.
    private static func plants(_ id: String) -> [(statement: String, isRefusedWhereBound: Bool)] {
        func planted(_ sequence: String) -> String {
            """
            INSERT INTO ledger.trade_events SELECT (jsonb_populate_record(e, jsonb_build_object(
                'sequence', \(sequence), 'trade_id', 'planted', 'event_id', gen_random_uuid(),
                'recorded_at', e.recorded_at + interval '1 second'))).*
            FROM ledger.trade_events AS e WHERE ledger_id = '\(id)' AND type = 'trade.opened' ORDER BY sequence LIMIT 1
            """
        }
        return [
            (planted("e.sequence + 100000"), false), (planted("9223372036854775807"), false),
            (
                planted("(SELECT last_sequence + 1 FROM ledger.replication WHERE ledger_id = '\(id)')"), false
            ),
            ("UPDATE ledger.replication SET last_sequence = last_sequence + 5 WHERE ledger_id = '\(id)'", true),
            ("UPDATE ledger.replication SET root = sha256('x') WHERE ledger_id = '\(id)'", true),
            (
                """
                INSERT INTO ledger.checkpoints SELECT (jsonb_populate_record(c, '{"sequence": 900000}')).*
                FROM ledger.checkpoints AS c WHERE ledger_id = '\(id)' LIMIT 1
                """, true
            ),
            ("UPDATE ledger.trades SET realized_pnl = 1000000 WHERE ledger_id = '\(id)'", false),
            ("DELETE FROM ledger.performance WHERE ledger_id = '\(id)'", false),
            ("DELETE FROM ledger.trades WHERE ledger_id = '\(id)'", false),
        ]
    }

    /// Appends continue, the audit reports the row, no view shows it, and the repair removes it.
    private func check(_ victim: AttackedLedger, _ id: String, _ index: Int) throws {
        try promise(try victim.run(["verify"]).ending == .exit(1), "`verify` does not find it")
        try victim.run(["replicate", "--once"])
        let line = #"{"type":"trade.annotated","trade_id":"trade-1","occurred_at":18000000000\#(10 + index)}"#
        let appended = try victim.run(["append"], input: Lines.input([line]))
        try promise(appended.ending == .exit(0), "trading stops: \(appended.stdout)\(appended.stderr)")
        let shown = try database.rows(
            "SELECT count(*) FROM public.trade_timeline WHERE ledger_id = '\(id)' AND trade_id = 'planted'"
        )
        try promise(shown[0][0] == "0", "a view shows a planted event")
        let repair = try victim.run(["replicate", "--once", "--repair"])
        try promise(repair.ending == .exit(0), "`replicate --repair` ends with \(repair.ending): \(repair.stderr)")
        let audit = try victim.run(["verify"])
        try promise(audit.ending == .exit(0), "after the repair `verify` finds \(audit.stderr)")
    }
}
