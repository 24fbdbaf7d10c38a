internal import Ledger
internal import Projections
internal import Records
internal import TradeModel

/// What is answered at once, from the state in memory.
///
/// Filters are those of the command of the same name, and rows have the columns that it prints.
package enum LiveRoutes {
    /// All of them.
    package static let all = [trade, openTrades, positions, balances, portfolios, orders, halts, strategies]

    private static let trade = Route(
        "/v1/trades/{id}",
        "A trade, open, closed or voided",
        [Parameter("id", .text, "The id that the producer gave the trade.")]
    ) { parameters, state in
        let id = parameters["id"] ?? ""
        let found: TradeHistory?
        do throws(LedgerError) { found = try state.trade(id) } catch {
            throw Problem(.notReady, "the events of the trade cannot be read now: \(error)", retryAfterSeconds: 1)
        }
        guard let found else { throw Problem(.notFound, "there is no trade \(id)") }
        return { Answer(TradeRow(found), TradeRow.printedColumns, at: $0) }
    }

    private static let openTrades = Route(
        "/v1/open-trades",
        "The open trades, in the order in which they were opened",
        filters("trades", [("symbol", "on"), ("strategy", "of"), ("tag", "with"), ("account", "on")])
    ) { parameters, state in
        let trades = state.openTrades
        return { sequence in
            let rows = trades.sorted { $0.trade.firstSequence < $1.trade.firstSequence }.map { TradeRow($0) }
            let names = ["symbol", "strategy", "tag", "account"].map { ($0, $0) }
            let filter = RowFilter(TradeRow.columns, parameters, names)
            return Answer(list: rows.filter(filter.includes), TradeRow.printedColumns, at: sequence)
        }
    }

    private static let positions = list(
        "/v1/positions",
        "The open positions at the last prices on record",
        PositionRow.columns,
        [("symbol", "in"), ("account", "of"), ("venue", "at"), ("side", "of")]
    ) { state, _ in state.books.positionRows }

    private static let balances = list(
        "/v1/balances",
        "What must be on each account, and what the venue reported",
        BalanceRow.columns,
        [("account", "of"), ("currency", "in")]
    ) { state, _ in state.books.balances.rows }

    private static let portfolios = list(
        "/v1/portfolios",
        "Each account in its base currency at the last prices on record",
        PortfolioRow.columns,
        [("account", "of")],
        and: [Parameter("base", .name, "The currency in which every account is valued.")]
    ) { state, parameters in
        state.books.portfolioRows(state.openTrades, base: parameters["base"].map { ByteText($0) })
    }

    private static let orders = Route(
        "/v1/orders",
        "The orders with what was filled of them, in the order in which they began",
        [
            Parameter(
                "status",
                .choices(OrderStatus.all),
                "Only orders of this status, or of one of several, separated by commas; "
                    + "those of \(OrderStatus.live.joined(separator: ",")) may be live at the venue."
            )
        ]
            + filters(
                "orders",
                [("symbol", "on"), ("strategy", "of"), ("account", "on"), ("venue", "at")]
                    + [("trade", "for"), ("decision", "for")]
            )
            + [
                Parameter("since", .time, "Only orders submitted at this time or later."),
                Parameter("until", .time, "Only orders submitted before this time."),
            ]
    ) { parameters, state in
        let statuses = parameters["status"].map { $0.split(separator: ",").map(String.init) }
        let rows = state.books.orders.rows
        return { sequence in
            let names = ["symbol", "strategy", "account", "venue"].map { ($0, $0) }
            let filter = RowFilter(
                OrderRow.columns,
                parameters,
                names + [("trade_id", "trade"), ("decision_id", "decision")]
            )
            let isOfStatus = RowFilter(OrderRow.columns, [("status", statuses)])
            let submitted = TimeRange(parameters, since: "since", until: "until")
            let included = rows.filter {
                submitted.includes($0.submittedAt) && isOfStatus.includes($0) && filter.includes($0)
            }
            return Answer(list: included, OrderRow.columns.filter(\.isPrinted), at: sequence)
        }
    }

    private static let halts = list(
        "/v1/halts",
        "The halts, in the order in which they began",
        HaltRow.columns,
        [("scope", "of")],
        and: [Parameter("active", .flag, "Whether to list only halts that are in force.")]
    ) { state, parameters in
        state.books.halts.rows.filter { $0.ending == nil || !parameters.flag("active") }
    }

    private static let strategies = list(
        "/v1/strategies",
        "The strategies and whether they run, in the order in which they came",
        StrategyRow.columns,
        [("strategy", "named")],
        and: [Parameter("active", .flag, "Whether to list only strategies that run.")]
    ) { state, parameters in
        state.books.strategies.rows.filter { $0.isActive || !parameters.flag("active") }
    }

    /// A list of rows, of which some columns have parameters of the same names.
    private static func list<Row: Sendable>(
        _ path: String,
        _ summary: String,
        _ columns: [Column<Row>],
        _ names: [(column: String, preposition: String)],
        and others: [Parameter] = [],
        _ rows: @escaping @Sendable (inout LiveState, Parameters) -> [Row]
    ) -> Route {
        let printed = columns.filter(\.isPrinted)
        let noun = String(path.split(separator: "/").last ?? "")
        let filterNames = names.map { ($0.column, $0.column) }
        return Route(path, summary, filters(noun, names) + others) { parameters, state in
            let all = rows(&state, parameters)
            return { sequence in
                let filter = RowFilter(columns, parameters, filterNames)
                return Answer(list: all.filter(filter.includes), printed, at: sequence)
            }
        }
    }

    private static func filters(_ noun: String, _ names: [(column: String, preposition: String)]) -> [Parameter] {
        names.map { Parameter($0.column, .text, "Only \(noun) \($0.preposition) this \($0.column).") }
    }
}

extension Route {
    /// A route that takes what it needs from the state, and then makes the answer for the sequence of the state while
    /// others use the state.
    fileprivate init(
        _ path: String,
        _ summary: String,
        _ parameters: [Parameter],
        _ take: @escaping @Sendable (Parameters, inout LiveState) throws -> (UInt64) -> Answer
    ) {
        self.init(
            path,
            .role(.read),
            summary,
            parameters,
            .immediate { parameters, reading in
                guard reading.live.isCaughtUp else {
                    throw Problem(.notReady, "the state of the ledger is being read", retryAfterSeconds: 1)
                }
                let (answer, sequence) = try reading.live.read { state in
                    (try take(parameters, &state), state.sequence)
                }
                return answer(sequence)
            }
        )
    }
}
