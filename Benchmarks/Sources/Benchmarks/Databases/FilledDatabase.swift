/// A ledger of many trades, and a database with all of them, on a server that ends with the question.
struct FilledDatabase: Sendable {
    let trades: ManyTrades
    let ledger: PreparedLedger
    let server: DatabaseServer
    let database: TradeDatabase
    private let kind: DatabaseKind
    private let setting: Setting

    /// Creates both.
    init(_ trades: ManyTrades, on kind: DatabaseKind, _ setting: Setting) throws {
        (self.trades, self.kind, self.setting) = (trades, kind, setting)
        ledger = try PreparedLedger(trades, in: setting.scratch.directory("ledger"))
        server = try setting.servers.start(kind, setting)
        database = try TradeDatabase("trades", on: server, kind, setting)
        try database.fill(from: ledger)
    }

    /// Creates an empty database beside it, uses it, and removes it.
    func withEmptyDatabase<Value>(_ body: (TradeDatabase) throws -> Value) throws -> Value {
        try server.withEmptyDatabase(kind, setting, body)
    }
}

extension DatabaseServer {
    /// Creates an empty database with the ledger's schema, uses it, and removes it.
    func withEmptyDatabase<Value>(
        _ kind: DatabaseKind,
        _ setting: Setting,
        _ body: (TradeDatabase) throws -> Value
    ) throws -> Value {
        let empty = try TradeDatabase("turn", on: self, kind, setting)
        try DatabaseConnection(url).execute("CHECKPOINT")
        let value = try body(empty)
        try empty.drop()
        return value
    }
}
