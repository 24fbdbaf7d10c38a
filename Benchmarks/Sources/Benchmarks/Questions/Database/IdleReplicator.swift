internal import Glibc

/// The cost of an idle replicator for the machine and the server.
enum IdleReplicator {
    static let questions = Question.ofEachKind(
        "idle",
        "a replicator that is caught up, ten seconds long",
        [Metric(name: "processor time", unit: .milliseconds), Metric(name: "sent", unit: .statements)],
        .none,
        contenders
    )

    private static func contenders(_ setting: Setting, _ kind: DatabaseKind) throws -> [Contender] {
        let trades = ManyTrades(100, .scaled)
        let seconds = setting.count(full: 10, quick: 1)
        let filled = try FilledDatabase(trades, on: kind, setting)
        // From now on the server logs the statements of this database's clients, and not its own.
        try DatabaseConnection(filled.server.url).execute("ALTER DATABASE trades SET log_statement = 'all'")

        return [
            .ledger { _ in
                let server = try DatabaseConnection(filled.server.url)
                let before = try statementCount(server)
                let replicator = try filled.database.replicator(of: filled.ledger.directory)
                let result = Result {
                    try waitUntilIdle(server, countBefore: before)
                    let (count, time) = (try statementCount(server), try replicator.processorMilliseconds())
                    sleep(UInt32(seconds))
                    return [
                        try replicator.processorMilliseconds() - time, Double(try statementCount(server) - count),
                    ]
                }
                try replicator.stop()
                return try result.get()
            }
        ]
    }

    /// Waits until the replicator has sent a statement, and then nothing for a second.
    private static func waitUntilIdle(_ server: DatabaseConnection, countBefore: Int) throws {
        let watch = Stopwatch()
        var (last, current) = (countBefore, countBefore)
        repeat {
            guard watch.seconds < 60 else { throw Failure("the replicator was not idle within a minute") }
            sleep(1)
            (last, current) = (current, try statementCount(server))
        } while current == countBefore || current != last
    }

    private static func statementCount(_ server: DatabaseConnection) throws -> Int {
        let logged = "regexp_count(pg_read_file('server.log'), ' LOG:  (statement|execute [^:]*): ')"
        guard let count = Int(try server.rows("SELECT \(logged)")[0][0]) else {
            throw Failure("no count of statements")
        }
        return count
    }
}
