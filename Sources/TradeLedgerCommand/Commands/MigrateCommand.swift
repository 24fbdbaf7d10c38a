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

            example: tradeledger migrate --database postgresql://owner@localhost/trades
            """,
        options: [Option("--require-timescaledb", nil, "fail where the server has no TimescaleDB")],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.isEmpty else { throw Failure(.usage, "migrate takes no operands; use --database") }
        var migrator = Migrator(try settings.database().connect("tradeledger migrate"))
        let outcome = try migrator.run()
        if outcome.timescaleDBVersion == nil && arguments.has("--require-timescaledb") {
            throw Failure(
                .configuration,
                "the server has no TimescaleDB loaded; add it to shared_preload_libraries, or leave out "
                    + "--require-timescaledb"
            )
        }
        let applied = outcome.applied.isEmpty ? "nothing to do" : "applied " + outcome.applied.joined(separator: ", ")
        settings.log.say(
            .info,
            applied + "; " + (outcome.timescaleDBVersion.map { "TimescaleDB \($0)" } ?? "plain PostgreSQL")
        )
        return .done
    }
}
