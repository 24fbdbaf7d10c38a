internal import LedgerTestSupport
internal import Postgres

/// Replicates into a database in which somebody has planted functions, operators, types and settings, and makes logins
/// try to exceed their rights.
///
/// Nothing planted runs, and the rows are those of a clean database.
struct HostileAttack {
    private enum Target: UInt64, CaseIterable {
        case plants
        case reader
        case writer
    }

    private let seed: UInt64
    private let target: Target
    private let plants: HostilePlants
    /// Whether objects are planted before `migrate`, and whether a writer is limited to a ledger.
    private let isEarly: Bool

    init(seed: UInt64) {
        self.seed = seed
        var random = SeededGenerator(seed: seed)
        target = Target.allCases[Int(random.next(below: 3))]
        isEarly = random.next(below: 2) == 0
        plants = HostilePlants(&random)
    }

    func run(_ rig: Rig) throws -> Int {
        try rig.withDatabase(seed: seed) { url in
            switch target {
            case .plants:
                return try rig.withDatabase(seed: seed) { clean in
                    try attackSessions(AttackedDatabase(url: url), clean: AttackedDatabase(url: clean))
                }
            case .reader: return try HostileReader(AttackedDatabase(url: url)).attack()
            case .writer:
                return try HostileWriter(AttackedDatabase(url: url), isBound: isEarly).attack()
            }
        }
    }

    private func attackSessions(_ database: AttackedDatabase, clean: AttackedDatabase) throws -> Int {
        let ledger = try AttackedLedger()
        let lines = Lines.identified(80, seed: seed)
        let to = ["--database", database.url]
        try ledger.succeed(["append", "--quiet"], input: Lines.input(lines.prefix(50)))
        try ledger.succeed(["migrate", "--database", clean.url])
        try ledger.succeed(["replicate", "--once", "--database", clean.url])
        do {
            if isEarly { try plants.plant(database) }
            try ledger.succeed(["migrate"] + to)
            if !isEarly { try plants.plant(database) }
            try ledger.succeed(["replicate", "--once"] + to)
            try checkEqual(database, clean)
            try ledger.succeed(["append", "--quiet"], input: Lines.input(lines.dropFirst(50)))
            for arguments in [["migrate"], ["replicate", "--once"], ["rebuild"], ["replicate", "--once", "--repair"]] {
                try ledger.succeed(arguments + to)
            }
            try ledger.succeed(["replicate", "--once", "--database", clean.url])
            try checkEqual(database, clean)
            try checkAudit(ledger, to)
            try ledger.succeed(["diff", ledger.path, database.url])
            try ledger.succeed(["status"] + to)
            let restored = AttackedLedger(at: ledger.directory.path + "/restored", within: ledger.directory)
            try restored.succeed(["restore", "--from-database"] + to)
            let events = try ledger.succeed(["events"]).output
            try promise(try restored.succeed(["events"]).output == events, "the restored log has other events")
            let traces = try database.rows("SELECT DISTINCT what FROM public.traces ORDER BY 1").compactMap { $0[0] }
            try promise(traces.isEmpty, "what was planted has run: \(traces.joined(separator: ", "))")
        } catch let broken as BrokenPromise {
            throw BrokenPromise("\(plants.settings.joined(separator: "; ")): \(broken)")
        }
        return plants.settings.count + 1
    }

    /// The audit of the schema may name planted objects in `public`; everything else has to be right.
    private func checkAudit(_ ledger: AttackedLedger, _ to: [String]) throws {
        for arguments in [["verify"], ["verify", "--deep"]] {
            let audit = try ledger.run(arguments + to)
            for line in audit.lines {
                let check = try StrictJSON.value(of: Array(line.utf8))
                guard check["check"]?.text != "database schema" else { continue }
                try promise(check["verdict"]?.text == "ok", "`verify` finds \(line)")
            }
            try promise(audit.lines.contains { $0.contains("database trades") }, "`verify` ends with \(audit.stderr)")
        }
    }

    /// The rows of tables and views are the same for a session with its own settings.
    private func checkEqual(_ database: AttackedDatabase, _ clean: AttackedDatabase) throws {
        for relation in [
            "ledger.trade_events", "ledger.trades", "ledger.performance",
            "public.trade_history", "public.trade_timeline", "public.daily_performance", "public.equity_curve",
        ] {
            let both = try [database, clean].map { database in
                var connection = try database.connect()
                try connection.execute(HostilePlants.calmSession)
                let query = "SELECT pg_catalog.to_json(r)::pg_catalog.text FROM \(relation) AS r"
                let result = try connection.query(query)
                return (0..<result.rowCount).map { result.text(row: $0, column: 0) ?? "" }.sorted()
            }
            let different = Set(both[0]).symmetricDifference(both[1]).min() ?? "in how often a row is there"
            try promise(both[0] == both[1], "\(relation) differs from that of a clean database: \(different)")
        }
    }
}
