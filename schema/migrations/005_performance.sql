-- Totals over closed trades: by day, symbol, strategy, tag and regime, for each quote currency of each ledger. The
-- replicator moves them with each batch by what the batch changed in ledger.trades, so that they are always the sums
-- over its rows, exactly.

CREATE TABLE ledger.performance (
    ledger_id     uuid    NOT NULL,
    grouped_by    text    NOT NULL CHECK (grouped_by IN ('day', 'symbol', 'strategy', 'tag', 'regime')),
    quote         text    COLLATE "C" NOT NULL,
    -- One of these says which group it is; the others are NULL. A trade without a strategy, tag or regime has a group
    -- too.
    day           date,
    symbol        text    COLLATE "C",
    strategy      text    COLLATE "C",
    tag           text    COLLATE "C",
    market_regime text    COLLATE "C",
    trades        bigint  NOT NULL CHECK (trades = wins + losses + draws),
    wins          bigint  NOT NULL,
    losses        bigint  NOT NULL,
    draws         bigint  NOT NULL,
    net_pnl       numeric NOT NULL,
    gross_profit  numeric NOT NULL,
    gross_loss    numeric NOT NULL,
    fees          numeric NOT NULL,
    CONSTRAINT performance_key
        UNIQUE NULLS NOT DISTINCT (ledger_id, grouped_by, quote, day, symbol, strategy, tag, market_regime)
)
-- Room on each page for the next version of a row, which no index then hears of (HOT).
WITH (fillfactor = 50);

COMMENT ON TABLE ledger.performance IS
    'Totals over the closed trades of each ledger by day, symbol, strategy, tag and regime: sums over ledger.trades.';
COMMENT ON COLUMN ledger.performance.grouped_by IS
    'What the row is a total by: day, symbol, strategy, tag or regime. The column of that name says which.';
COMMENT ON COLUMN ledger.performance.ledger_id IS
    'The ledger that the trades belong to.';
COMMENT ON COLUMN ledger.performance.quote IS
    'The currency of the amounts; those of different currencies are never added up.';
COMMENT ON COLUMN ledger.performance.day IS
    'The UTC day of closed_at. A late adjustment changes the day of the close.';
COMMENT ON COLUMN ledger.performance.symbol IS
    'The instrument, such as BTC/USDT.';
COMMENT ON COLUMN ledger.performance.strategy IS
    'The strategy that opened the trades; NULL for those that named none.';
COMMENT ON COLUMN ledger.performance.tag IS
    'Why the trades were entered: the name of the signal; NULL for those that named none.';
COMMENT ON COLUMN ledger.performance.market_regime IS
    'The market_regime of the trades, its first 256 characters; NULL for those without one.';
COMMENT ON COLUMN ledger.performance.trades IS
    'How many closed trades; voided ones are not counted.';
COMMENT ON COLUMN ledger.performance.wins IS
    'How many of them have a realized_pnl above 0.';
COMMENT ON COLUMN ledger.performance.losses IS
    'How many of them have a realized_pnl below 0.';
COMMENT ON COLUMN ledger.performance.draws IS
    'How many of them have a realized_pnl of exactly 0.';
COMMENT ON COLUMN ledger.performance.net_pnl IS
    'The sum of realized_pnl: gross_profit less gross_loss.';
COMMENT ON COLUMN ledger.performance.gross_profit IS
    'The sum of realized_pnl over the wins.';
COMMENT ON COLUMN ledger.performance.gross_loss IS
    'The sum of realized_pnl over the losses, as a positive amount.';
COMMENT ON COLUMN ledger.performance.fees IS
    'The sum of the fees of these trades; net_pnl is after them.';
