internal import Projections

/// `ledger.orders`: what was intended, and what became of it.
enum OrderProjection: BookProjection {
    static let (rowsName, rowName, table) = ("orders", "order", "ledger.orders")
    static let columns = OrderRow.columns
    static let keyColumns = ["order_id"]

    static func row(_ row: BookRow) -> OrderRow? { if case .order(let row) = row { row } else { nil } }
    static func rows(_ books: Books) -> [OrderRow] { books.orders.rows }
}

/// `ledger.balances`: what is on each account.
enum BalanceProjection: BookProjection {
    static let (rowsName, rowName, table) = ("balances", "balance", "ledger.balances")
    static let columns = BalanceRow.columns
    static let keyColumns = ["account", "currency"]

    static func row(_ row: BookRow) -> BalanceRow? { if case .balance(let row) = row { row } else { nil } }
    static func rows(_ books: Books) -> [BalanceRow] { books.balances.allRows }
}

/// `ledger.positions`: the open trades, added up; marks are joined when positions are read.
enum PositionProjection: BookProjection {
    static let (rowsName, rowName, table) = ("positions", "position", "ledger.positions")
    static let columns = PositionRow.columns
    static let keyColumns = ["account", "venue", "symbol", "side", "quote"]

    static func row(_ row: BookRow) -> PositionRow? { if case .position(let row) = row { row } else { nil } }
    static func rows(_ books: Books) -> [PositionRow] { books.allPositionRows }
}

/// `ledger.prices`: the last price of each symbol.
enum PriceProjection: BookProjection {
    static let (rowsName, rowName, table) = ("prices", "price", "ledger.prices")
    static let columns = PriceRow.columns
    static let keyColumns = ["symbol"]

    static func row(_ row: BookRow) -> PriceRow? { if case .price(let row) = row { row } else { nil } }
    static func rows(_ books: Books) -> [PriceRow] { books.prices.rows }
}

/// `ledger.halts`: every halt.
enum HaltProjection: BookProjection {
    static let (rowsName, rowName, table) = ("halts", "halt", "ledger.halts")
    static let columns = HaltRow.columns
    static let keyColumns = ["first_sequence"]

    static func row(_ row: BookRow) -> HaltRow? { if case .halt(let row) = row { row } else { nil } }
    static func rows(_ books: Books) -> [HaltRow] { books.halts.rows }
}

/// `ledger.capital_flows`: what came to the accounts and left them.
enum FlowProjection: BookProjection {
    static let (rowsName, rowName, table) = ("flows", "flow", "ledger.capital_flows")
    static let columns = FlowRow.columns
    static let keyColumns = ["sequence", "account"]

    static func row(_ row: BookRow) -> FlowRow? { if case .flow(let row) = row { row } else { nil } }
    static func rows(_ books: Books) -> [FlowRow] { books.records?.flows ?? [] }
}

/// `ledger.decisions`: what was decided.
enum DecisionProjection: BookProjection {
    static let (rowsName, rowName, table) = ("decisions", "decision", "ledger.decisions")
    static let columns = DecisionRow.columns
    static let keyColumns = ["decision_id"]

    static func row(_ row: BookRow) -> DecisionRow? { if case .decision(let row) = row { row } else { nil } }
    static func rows(_ books: Books) -> [DecisionRow] { books.records?.decisions ?? [] }
}

/// `ledger.decision_outcomes`: what the trades brought that name a decision.
enum OutcomeProjection: BookProjection {
    static let (rowsName, rowName, table) = ("outcomes", "outcome", "ledger.decision_outcomes")
    static let columns = OutcomeRow.columns
    static let keyColumns = ["decision_id", "quote"]

    static func row(_ row: BookRow) -> OutcomeRow? { if case .outcome(let row) = row { row } else { nil } }
    static func rows(_ books: Books) -> [OutcomeRow] { books.outcomes.rows }
}

/// `ledger.predictions`: what models said, and what came true.
enum PredictionProjection: BookProjection {
    static let (rowsName, rowName, table) = ("predictions", "prediction", "ledger.predictions")
    static let columns = PredictionRow.columns
    static let keyColumns = ["prediction_id"]

    static func row(_ row: BookRow) -> PredictionRow? { if case .prediction(let row) = row { row } else { nil } }
    static func rows(_ books: Books) -> [PredictionRow] { books.records?.predictions ?? [] }
}

/// `ledger.model_performance`: how good each version of a model is.
enum ModelProjection: BookProjection {
    static let (rowsName, rowName, table) = ("models", "model", "ledger.model_performance")
    static let columns = ModelRow.columns
    static let keyColumns = ["model", "model_version"]

    static func row(_ row: BookRow) -> ModelRow? { if case .model(let row) = row { row } else { nil } }
    static func rows(_ books: Books) -> [ModelRow] { books.models.rows }
}

/// `ledger.model_calibration`: how often it is right, by tenth of confidence.
enum CalibrationProjection: BookProjection {
    static let (rowsName, rowName, table) = ("calibrations", "calibration", "ledger.model_calibration")
    static let columns = CalibrationRow.columns
    static let keyColumns = ["model", "model_version", "tenth"]

    static func row(_ row: BookRow) -> CalibrationRow? { if case .calibration(let row) = row { row } else { nil } }
    static func rows(_ books: Books) -> [CalibrationRow] { books.models.calibrationRows }
}

/// `ledger.strategies`: which strategies run.
enum StrategyProjection: BookProjection {
    static let (rowsName, rowName, table) = ("strategies", "strategy", "ledger.strategies")
    static let columns = StrategyRow.columns
    static let keyColumns = ["strategy"]

    static func row(_ row: BookRow) -> StrategyRow? { if case .strategy(let row) = row { row } else { nil } }
    static func rows(_ books: Books) -> [StrategyRow] { books.strategies.rows }
}

/// `ledger.alerts`: what a person must look at.
enum AlertProjection: BookProjection {
    static let (rowsName, rowName, table) = ("alerts", "alert", "ledger.alerts")
    static let columns = AlertRow.columns
    static let keyColumns = ["alert_id"]

    static func row(_ row: BookRow) -> AlertRow? { if case .alert(let row) = row { row } else { nil } }
    static func rows(_ books: Books) -> [AlertRow] { books.records?.alerts ?? [] }
}
