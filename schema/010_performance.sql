-- Totals over closed trades: by day, symbol, strategy and regime, for each quote currency of each ledger. The
-- replicator moves them with each batch by what the batch changed in ledger.trades, so that they are always the sums
-- over its rows, exactly.

CREATE TABLE ledger.performance (
    ledger_id     uuid    NOT NULL,
    grouped_by    text    NOT NULL CHECK (grouped_by IN ('day', 'symbol', 'strategy', 'regime')),
    quote         text    COLLATE "C" NOT NULL,
    -- One of these says which group it is; the others are NULL. A trade without a strategy or regime has a group too.
    day           date,
    symbol        text    COLLATE "C",
    strategy      text    COLLATE "C",
    market_regime text    COLLATE "C",
    trades        bigint  NOT NULL CHECK (trades = wins + losses + draws),
    wins          bigint  NOT NULL,
    losses        bigint  NOT NULL,
    draws         bigint  NOT NULL,
    net_pnl       numeric NOT NULL,
    gross_profit  numeric NOT NULL,
    gross_loss    numeric NOT NULL,
    fees          numeric NOT NULL,
    UNIQUE NULLS NOT DISTINCT (ledger_id, grouped_by, quote, day, symbol, strategy, market_regime)
)
-- Room on each page for the next version of a row, which no index then hears of (HOT).
WITH (fillfactor = 50);

INSERT INTO ledger.performance
SELECT
    ledger_id,
    CASE 0
        WHEN grouping(day) THEN 'day'
        WHEN grouping(symbol) THEN 'symbol'
        WHEN grouping(strategy) THEN 'strategy'
        ELSE 'regime'
    END,
    quote,
    day,
    symbol,
    strategy,
    market_regime,
    count(*),
    count(*) FILTER (WHERE realized_pnl > 0),
    count(*) FILTER (WHERE realized_pnl < 0),
    count(*) FILTER (WHERE realized_pnl = 0),
    trim_scale(sum(realized_pnl)),
    trim_scale(sum(greatest(realized_pnl, 0))),
    trim_scale(sum(greatest(-realized_pnl, 0))),
    trim_scale(sum(fees))
FROM (
    SELECT
        ledger_id,
        quote,
        (closed_at AT TIME ZONE 'UTC')::date AS day,
        symbol,
        strategy,
        left(market_regime, 256) AS market_regime,
        realized_pnl,
        fees
    FROM ledger.trades
    WHERE status = 'closed'
) AS closed
GROUP BY ledger_id, quote, GROUPING SETS ((day), (symbol), (strategy), (market_regime));

CREATE VIEW public.daily_performance AS
SELECT ledger_id, quote, day, trades, wins, losses, draws, net_pnl, gross_profit, gross_loss, fees
FROM ledger.performance WHERE grouped_by = 'day';

CREATE VIEW public.performance_by_symbol AS
SELECT ledger_id, quote, symbol, trades, wins, losses, draws, net_pnl, gross_profit, gross_loss, fees
FROM ledger.performance WHERE grouped_by = 'symbol';

CREATE VIEW public.performance_by_strategy AS
SELECT ledger_id, quote, strategy, trades, wins, losses, draws, net_pnl, gross_profit, gross_loss, fees
FROM ledger.performance WHERE grouped_by = 'strategy';

CREATE VIEW public.performance_by_regime AS
SELECT ledger_id, quote, market_regime, trades, wins, losses, draws, net_pnl, gross_profit, gross_loss, fees
FROM ledger.performance WHERE grouped_by = 'regime';

-- A running total cannot be kept: one late fee moves every point behind it. It is summed when it is asked for, over
-- figures that are kept.
CREATE VIEW public.equity_curve AS
SELECT
    ledger_id,
    quote,
    closed_at,
    trade_id,
    realized_pnl AS net_pnl,
    trim_scale(sum(realized_pnl) OVER (
        PARTITION BY ledger_id, quote
        ORDER BY closed_at, id
        ROWS UNBOUNDED PRECEDING
    )) AS equity
FROM ledger.trades
WHERE status = 'closed';

COMMENT ON TABLE ledger.performance IS
    'Totals over the closed trades of each ledger by day, symbol, strategy and regime: the sums over ledger.trades.';
COMMENT ON COLUMN ledger.performance.grouped_by IS
    'What the row is a total by: day, symbol, strategy or regime. The column of that name says which.';
COMMENT ON VIEW public.daily_performance IS
    'Totals over closed trades by the UTC day of their close, one row a ledger, quote currency and day.';
COMMENT ON VIEW public.performance_by_symbol IS
    'Totals over closed trades by symbol, one row a ledger, quote currency and symbol.';
COMMENT ON VIEW public.performance_by_strategy IS
    'Totals over closed trades by strategy, one row a ledger, quote currency and strategy.';
COMMENT ON VIEW public.performance_by_regime IS
    'Totals over closed trades by market regime, one row a ledger, quote currency and regime.';
COMMENT ON VIEW public.equity_curve IS
    'What the closed trades came to, trade by trade: one row a closed trade. Order by ledger_id, quote, closed_at.';
COMMENT ON COLUMN public.equity_curve.ledger_id IS
    'The ledger that the trade belongs to.';
COMMENT ON COLUMN public.equity_curve.quote IS
    'The currency of the amounts; equities of different currencies are never added up.';
COMMENT ON COLUMN public.equity_curve.closed_at IS
    'When the trade closed at the venue. Trades that closed at one time stand in the order of their opens.';
COMMENT ON COLUMN public.equity_curve.trade_id IS
    'The trade; unique in the ledger.';
COMMENT ON COLUMN public.equity_curve.net_pnl IS
    'The realized_pnl of the trade: after fees and adjustments, late ones too.';
COMMENT ON COLUMN public.equity_curve.equity IS
    'The sum of net_pnl up to and with this trade; begins at 0.';

-- The same column means the same in the table and in each view.
DO $$
DECLARE
    meaning record;
    relation regclass;
BEGIN
    FOR meaning IN
        SELECT *
        FROM (VALUES
            ('ledger_id', 'The ledger that the trades belong to.'),
            ('quote', 'The currency of the amounts; those of different currencies are never added up.'),
            ('day', 'The UTC day of closed_at. A late adjustment changes the day of the close.'),
            ('symbol', 'The instrument, such as BTC/USDT.'),
            ('strategy', 'The strategy that opened the trades; NULL for those that named none.'),
            ('market_regime', 'The market_regime of the trades, its first 256 characters; NULL for those without one.'),
            ('trades', 'How many closed trades; voided ones are not counted.'),
            ('wins', 'How many of them have a realized_pnl above 0.'),
            ('losses', 'How many of them have a realized_pnl below 0.'),
            ('draws', 'How many of them have a realized_pnl of exactly 0.'),
            ('net_pnl', 'The sum of realized_pnl: gross_profit less gross_loss.'),
            ('gross_profit', 'The sum of realized_pnl over the wins.'),
            ('gross_loss', 'The sum of realized_pnl over the losses, as a positive amount.'),
            ('fees', 'The sum of the fees of these trades; net_pnl is after them.')
        ) AS meanings (name, text)
    LOOP
        FOR relation IN
            SELECT attrelid::regclass
            FROM pg_attribute
            WHERE attname = meaning.name
              AND attrelid IN ('ledger.performance'::regclass, 'public.daily_performance'::regclass,
                               'public.performance_by_symbol'::regclass, 'public.performance_by_strategy'::regclass,
                               'public.performance_by_regime'::regclass)
        LOOP
            EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', relation, meaning.name, meaning.text);
        END LOOP;
    END LOOP;
END
$$;
