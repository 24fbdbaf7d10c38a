internal import Postgres
internal import Replication

/// `migrate`: brings the schema of the database up to date.
enum MigrateCommand {
    static let command = Command(
        name: "migrate",
        operands: "",
        summary: "brings the database's schema up to date",
        help: """
            Run it as the owner of the schema; two runs at a time wait for each other, a second run changes nothing.
            Makes the TimescaleDB extension where the server offers it and has it loaded.

            With --plan it changes nothing and prints what it would do, one record for each step, with all that somebody
            changed and it would restore; after a run, that is what an administrator or a person has to do. Where there
            is nothing to do, nothing is printed.

            With TimescaleDB it sets how many days a chunk of events covers (7 at first), when chunks become columns
            (after 45 days: choose more than the longest outage you plan for) and when they are dropped (never, unless
            you ask for it). What was set stays until it is set again; each run says what holds.

            example: tradeledger migrate --database postgresql://owner@localhost/trades
            """,
        options: [
            Option("--plan", nil, "print what would be done, and do nothing"),
            Option("--require-timescaledb", nil, "change nothing and fail where the server has no TimescaleDB"),
            Option("--chunk-interval", "DAYS", "how many days a chunk of events covers"),
            Option("--columnstore-after", "DAYS|never", "when chunks of events become columns"),
            Option("--retention", "DAYS|never", "when chunks are dropped, with their events"),
            Option("--separate-readers", "on|off", "keep ledgers apart from readers that run functions of their own"),
        ],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.isEmpty else { throw Failure(.usage, "migrate takes no operands; use --database") }
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
        let applied = names.isEmpty ? "no migration is missing" : "applied \(names)"
        settings.log.say(
            .info,
            applied + "; " + (outcome.timescaleDBVersion.map { "TimescaleDB \($0)" } ?? "plain PostgreSQL")
                + (outcome.policies.map { ": \($0)" } ?? "")
        )
        for step in try migrator.plan() { tell(step, settings.log) }
        return .done
    }

    /// Says what a run has left to others.
    private static func tell(_ step: MigrationStep, _ log: Log) {
        guard let statement = step.statement else { return }
        switch step.actor {
        case .migrate: break
        case .administrator:
            log.say(.warning, "the login may not run this; an administrator of the server has to run: \(statement)")
        case .person: log.say(.warning, "\(step.name): \(statement)")
        }
    }

    private static func policies(_ arguments: CommandLineArguments) throws -> HypertablePolicies {
        HypertablePolicies(
            chunkDays: try arguments["--chunk-interval"].map { try days("--chunk-interval", $0) },
            columnstoreAfter: try age("--columnstore-after", arguments),
            retention: try age("--retention", arguments)
        )
    }

    private static func age(_ name: String, _ arguments: CommandLineArguments) throws -> HypertablePolicies.Age? {
        guard let text = arguments[name] else { return nil }
        return text == "never" ? .never : .days(try days(name, text))
    }

    private static func days(_ name: String, _ text: String) throws -> Int {
        guard let days = Int(text), (1...36_500).contains(days) else {
            throw Failure(.usage, "\(name) takes days, 1 to 36500, not \(text)")
        }
        return days
    }

    private static func separation(_ arguments: CommandLineArguments) throws -> ReaderSeparation? {
        guard let text = arguments["--separate-readers"] else { return nil }
        guard let separation = ReaderSeparation(rawValue: text) else {
            throw Failure(.usage, "--separate-readers is on or off, not \(text)")
        }
        return separation
    }

    private static func print(_ steps: [MigrationStep], _ settings: Settings) throws {
        var printer = RecordPrinter(settings.format)
        for step in steps {
            try printer.print(
                [
                    ("step", .text(step.kind.rawValue)), ("name", .text(step.name)),
                    ("by", .text(step.actor.rawValue)), ("statement", Cell(step.statement)),
                ]
            )
        }
        try printer.finish()
        if steps.isEmpty { settings.log.say(.info, "nothing to do") }
    }
}
