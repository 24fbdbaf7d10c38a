internal import Projections
internal import Records
internal import TradeModel

/// `decisions`, `predictions`, `model-performance`, `strategies` and `alerts`: fold the log, without a database.
enum DecisionCommands {
    static let all = [
        DecisionsCommand.command, PredictionsCommand.command, ModelPerformanceCommand.command,
        StrategiesCommand.command, AlertsCommand.command,
    ]
}

/// `decisions`: what was decided, and what its trades brought.
private enum DecisionsCommand {
    static let command = Command(
        name: "decisions",
        summary: "lists decisions with what their trades brought, from the log alone",
        help: """
            decisions lists decisions in the order in which they were made. trades counts the trades of which an event
            names the decision, and net_pnl is what these have realized so far.

            example: tradeledger decisions --strategy trend --status vetoed
            """,
        options: [
            Option("--action", "ACTION", "only decisions to do this, such as buy or hold"),
            Option("--status", "S", "only decisions of this status: \(list(DecisionRow.statuses))"),
            Option("--symbol", "S", "only decisions on this symbol"),
            Option("--strategy", "S", "only decisions of this strategy"),
            Option("--since", "T", "only decisions made at this time or later"),
            Option("--until", "T", "only decisions made before this time"),
        ] + BookListing.moment,
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let status = try arguments.choice("--status", of: DecisionRow.statuses)
        let made = try TimeRange(arguments, since: "--since", until: "--until")
        let (books, records) = try BookListing.records(arguments, settings)
        let outcomes = books.outcomes.rowsByDecision
        let rows = records.decisions.filter { made.includes($0.madeAt) }
        return try BookListing.print(
            "decisions",
            rows.map { $0.with(outcomes[$0.id] ?? []) },
            DecisionRow.columns,
            where: [
                ("action", arguments.value("--action")), ("status", status.map { [$0] }),
                ("symbol", arguments.value("--symbol")),
                ("strategy", arguments.value("--strategy")),
            ],
            settings
        )
    }
}

/// `predictions`: what models said, and what came true.
private enum PredictionsCommand {
    static let command = Command(
        name: "predictions",
        summary: "lists predictions with what came true, from the log alone",
        help: """
            predictions lists predictions in the order in which they were made. error is the resolved value less the
            predicted one.

            example: tradeledger predictions --model xgb-direction --resolved
            """,
        options: [
            Option("--model", "M", "only predictions of this model"),
            Option("--model-version", "V", "only predictions of this version"),
            Option("--symbol", "S", "only predictions on this symbol"),
            Option("--target", "T", "only predictions of this target, such as close"),
            Option("--decision", "ID", "only predictions for this decision"),
            Option("--resolved", nil, "only predictions of which it is known what came true"),
            Option("--open", nil, "only predictions of which it is not known yet"),
            Option("--since", "T", "only predictions made at this time or later"),
            Option("--until", "T", "only predictions made before this time"),
        ] + BookListing.moment,
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard !(arguments.has("--resolved") && arguments.has("--open")) else {
            throw Failure(.usage, "--resolved and --open exclude each other")
        }
        let made = try TimeRange(arguments, since: "--since", until: "--until")
        let rows = try BookListing.records(arguments, settings).1.predictions
        return try BookListing.print(
            "predictions",
            rows.filter { row in
                made.includes(row.madeAt) && !(arguments.has("--resolved") && !row.isResolved)
                    && !(arguments.has("--open") && row.isResolved)
            },
            PredictionRow.columns,
            where: [
                ("model", arguments.value("--model")), ("model_version", arguments.value("--model-version")),
                ("symbol", arguments.value("--symbol")), ("target", arguments.value("--target")),
                ("decision_id", arguments.value("--decision")),
            ],
            settings
        )
    }
}

/// `model-performance`: how good each version of a model is.
private enum ModelPerformanceCommand {
    static let command = Command(
        name: "model-performance",
        summary: "shows how good each version of a model is, from the log alone",
        help: """
            model-performance counts the predictions of each version of a model, how many of them are resolved, and how
            many came true. The mean errors are over the predictions that are resolved with a value.

            example: tradeledger model-performance --model xgb-direction
            """,
        options: [
            Option("--model", "M", "only versions of this model"),
            Option("--model-version", "V", "only this version"),
        ] + BookListing.moment,
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        try BookListing.print(
            "predictions",
            try BookListing.books(arguments, settings).books.models.rows,
            ModelRow.columns,
            where: [
                ("model", arguments.value("--model")), ("model_version", arguments.value("--model-version")),
            ],
            settings
        )
    }
}

/// `strategies`: which strategies run.
private enum StrategiesCommand {
    static let command = Command(
        name: "strategies",
        summary: "lists strategies with their last registration, from the log alone",
        help: """
            strategies lists strategies in the order in which they were registered first, with the version and the
            parameters of their last registration.

            example: tradeledger strategies --active
            """,
        options: [
            Option("--strategy", "S", "only this strategy"), Option("--active", nil, "only strategies that run"),
        ] + BookListing.moment,
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let rows = try BookListing.books(arguments, settings).books.strategies.rows
        return try BookListing.print(
            "strategies",
            arguments.has("--active") ? rows.filter(\.isActive) : rows,
            StrategyRow.columns,
            where: [("strategy", arguments.value("--strategy"))],
            settings
        )
    }
}

/// `alerts`: what a person must look at.
private enum AlertsCommand {
    private static let severities = Field.severity.kind.choices ?? []

    static let command = Command(
        name: "alerts",
        summary: "lists alerts, from the log alone",
        help: """
            alerts lists alerts in the order in which they were raised.

            example: tradeledger alerts --status raised --severity critical
            """,
        options: [
            Option("--status", "S", "only alerts of this status: \(list(AlertRow.statuses))"),
            Option("--severity", "S", "only alerts of this severity: \(list(severities))"),
            Option("--category", "C", "only alerts of this category"),
            Option("--symbol", "S", "only alerts about this symbol"),
            Option("--order", "ID", "only alerts about this order"),
            Option("--strategy", "S", "only alerts about this strategy"),
            Option("--since", "T", "only alerts raised at this time or later"),
            Option("--until", "T", "only alerts raised before this time"),
        ] + BookListing.moment,
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let status = try arguments.choice("--status", of: AlertRow.statuses)
        let severity = try arguments.choice("--severity", of: severities)
        let raised = try TimeRange(arguments, since: "--since", until: "--until")
        let rows = try BookListing.records(arguments, settings).1.alerts
        return try BookListing.print(
            "alerts",
            rows.filter { raised.includes($0.raisedAt) },
            AlertRow.columns,
            where: [
                ("status", status.map { [$0] }), ("severity", severity.map { [$0] }),
                ("category", arguments.value("--category")),
                ("symbol", arguments.value("--symbol")), ("order_id", arguments.value("--order")),
                ("strategy", arguments.value("--strategy")),
            ],
            settings
        )
    }
}

/// Choices as the help lists them: `a, b or c`.
private func list(_ choices: [String]) -> String {
    choices.dropLast().joined(separator: ", ") + " or " + (choices.last ?? "")
}
