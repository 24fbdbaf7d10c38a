internal import Ledger
internal import LedgerService
internal import Projections
internal import Records

/// `token`: says who may use the service.
enum TokenCommand {
    static let command = Command(
        name: "token",
        operands: "create|list|revoke [ID]",
        summary: "creates, lists and revokes the tokens with which programs use the service",
        help: """
            token create makes a token and prints it, whatever --format says. This is the only time that anyone sees it:
            the ledger keeps its SHA-256. A program sends it in the header Authorization: Bearer TOKEN. --role append
            lets it append events and ask whether they are recorded, read lets it read everything, and admin lets it do
            both, and halt and resume trading. --name says whose token it is; an event without an actor that comes with
            this token gets the name as its actor.

            As long as a ledger has never had a token, programs on this machine may append and read over TCP without
            one. From the first token on, every request over TCP needs one, also after the last one was revoked.

            token list shows all tokens, also those that were revoked. token revoke ID ends the token that has this id.
            The service obeys a change within a second.

            example: tradeledger token create --role append --name trend-bot

            example: tradeledger token revoke 3f9a01c7
            """,
        options: [
            Option("--role", TokenRole.allCases.map(\.rawValue).joined(separator: "|"), "create: what it allows"),
            Option("--name", "NAME", "create: whose token it is, for people and for events without an actor"),
        ],
        run: run
    )

    private static let actions = ["create", "list", "revoke"]

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let action = arguments.operands[0]
        try CommandLineArguments.check(action, of: "token", isOneOf: actions)
        let id = arguments.operands.dropFirst().first
        guard (id != nil) == (action == "revoke") else {
            throw Failure(.usage, action == "revoke" ? "token revoke takes an ID" : "token \(action) takes no ID")
        }
        if action != "create", let option = command.options.first(where: { arguments.has($0.name) }) {
            throw Failure(.usage, "token \(action) takes no \(option.name)")
        }
        if let id { return try revoke(id, settings) }
        return action == "list" ? try list(settings) : try create(arguments, settings)
    }

    private static func create(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard let role = try arguments.choice("--role", among: TokenRole.allCases) else {
            throw Failure(.usage, "token create needs --role append, read or admin")
        }
        let name = try arguments["--name"].map { (text) throws(Failure) in
            guard let name = TokenName(text) else {
                let most = TokenName.byteCountMax
                throw Failure(.usage, "--name takes 1 to \(most) bytes without control characters")
            }
            return name
        }
        let (token, text) = try TokenFile(of: settings.ledgerDirectory).create(role, name: name)
        do {
            try StandardOutput.print((text.secret + "\n").utf8)
        } catch {
            // Nobody has seen it, so nobody can use it.
            throw Failure(
                .inputOutput,
                "token \(token.id) was created, but stdout did not take it: run tradeledger token revoke \(token.id), "
                    + "and create another one"
            )
        }
        settings.log.say(.info, "created token \(token.id), role \(role.rawValue); it is not shown again")
        return .done
    }

    private static func list(_ settings: Settings) throws -> ExitStatus {
        try print(try TokenFile(of: settings.ledgerDirectory).tokens(), settings)
    }

    private static func revoke(_ id: String, _ settings: Settings) throws -> ExitStatus {
        let file = try TokenFile(of: settings.ledgerDirectory)
        guard let token = try file.revoke(id) else {
            let advice = Suggestion.text(for: id, among: try file.tokens().map(\.id))
            throw Failure(.noInput, "there is no token \(id); \(advice ?? "tradeledger token list shows all")")
        }
        return try print([token], settings)
    }

    private static let listing = Listing(
        "tokens",
        ["id", "name", "role", "created_at", "revoked_at"],
        looks: ["id": .key, "name": .key, "role": .key, "created_at": .main, "revoked_at": .main]
    )

    private static func print(_ tokens: [Token], _ settings: Settings) throws -> ExitStatus {
        var printer = RecordPrinter(settings, listing)
        for token in tokens {
            try printer.print([
                ("id", .text(token.id)), ("name", Cell(token.name?.description)), ("role", .text(token.role.rawValue)),
                ("created_at", .time(token.createdAt)), ("revoked_at", Cell(token.revokedAt)),
            ])
        }
        try printer.finish()
        return .done
    }
}
