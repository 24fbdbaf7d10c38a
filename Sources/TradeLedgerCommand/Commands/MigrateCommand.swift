internal import Postgres
internal import Records
internal import Replication

/// `migrate`: brings the schema of the database up to date.
enum MigrateCommand {
    static let command = Command(
        name: "migrate",
        summary: "brings the database's schema up to date",
        help: """
            Run migrate as the owner of the schema. Two runs at the same time wait for each other, and a second run
            changes nothing. It creates the TimescaleDB extension if the server offers it and has it loaded.

            With --plan it changes nothing and prints one record for each step that it would do, including each change
            of the schema that it would undo. After a run, the plan lists what an administrator or a person must still
            do. If there is nothing to do, it prints nothing.

            With TimescaleDB it sets how many days a chunk of events covers (7 by default), when chunks move to the
            columnstore (after 45 days by default: choose more than the longest outage you plan for) and when they are
            dropped (never by default), and when candles of price_data are dropped (after 365 days by default). A
            setting stays until it is changed; each run logs the settings in force.

            example: tradeledger migrate --database postgresql://owner@localhost/trades
            """,
        options: [
            Option("--plan", nil, "print the steps without doing them"),
            Option("--require-timescaledb", nil, "fail and change nothing if the server has no TimescaleDB"),
            Option("--chunk-interval", "DAYS", "how many days a chunk of events covers"),
            Option("--columnstore-after", "DAYS|never", "when chunks of events move to the columnstore"),
            Option("--retention", "DAYS|never", "when chunks are dropped, with their events"),
            Option("--price-retention", "DAYS|never", "when chunks of price_data are dropped, with their candles"),
            Option("--separate-readers", "on|off", "hide other ledgers also from functions that readers create"),
        ],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        var migrator = Migrator(
            try settings.database().connect("tradeledger migrate"),
            policies: try policies(arguments),
            separation: try separation(arguments)
        )
        if arguments.has("--require-timescaledb") { try migrator.requireTimescaleDB() }
        if arguments.has("--plan") {
            try print(migrator.plan(), settings)
            return .done
        }
        let outcome = try migrator.run()
        let names = outcome.applied.joined(separator: ", ")
        let applied = names.isEmpty ? "no migration was missing" : "applied \(names)"
        settings.log.say(
            .info,
            applied + "; " + (outcome.timescaleDBVersion.map { "TimescaleDB \($0)" } ?? "plain PostgreSQL")
                + (outcome.policies.map { ": \($0)" } ?? "")
        )
        for step in try migrator.plan() { warn(of: step, settings.log) }
        return .done
    }

    /// Warns of a step that the run left to somebody else.
    private static func warn(of step: MigrationStep, _ log: Log) {
        guard let statement = step.statement else { return }
        switch step.actor {
        case .migrate: break
        case .administrator:
            log.say(.warning, "an administrator of the server must run this, because the login may not: \(statement)")
        case .person: log.say(.warning, "\(step.name): \(statement)")
        }
    }

    private static func policies(_ arguments: CommandLineArguments) throws -> HypertablePolicies {
        HypertablePolicies(
            chunkDays: try arguments["--chunk-interval"].map { try days("--chunk-interval", $0) },
            columnstoreAfter: try age("--columnstore-after", arguments),
            retention: try age("--retention", arguments),
            priceRetention: try age("--price-retention", arguments)
        )
    }

    private static func age(_ name: String, _ arguments: CommandLineArguments) throws -> HypertablePolicies.Age? {
        guard let text = arguments[name] else { return nil }
        return text == "never" ? .never : .days(try days(name, text))
    }

    private static func days(_ name: String, _ text: String) throws -> Int {
        guard let days = Int(text), (1...36_500).contains(days) else {
            throw Failure(.usage, "\(name) takes 1 to 36500 days, not \(text)")
        }
        return days
    }

    private static func separation(_ arguments: CommandLineArguments) throws -> ReaderSeparation? {
        guard let text = arguments["--separate-readers"] else { return nil }
        guard let separation = ReaderSeparation(rawValue: text) else {
            throw Failure(.usage, "--separate-readers takes on or off, not \(text)")
        }
        return separation
    }

    private static func print(_ steps: [MigrationStep], _ settings: Settings) throws {
        var printer = RecordPrinter(settings)
        for step in steps {
            try printer.print([
                ("step", .text(step.kind.rawValue)), ("name", .text(step.name)),
                ("by", .text(step.actor.rawValue)), ("statement", Cell(step.statement)),
            ])
        }
        try printer.finish()
        if steps.isEmpty { settings.log.say(.info, "nothing to do") }
    }
}
