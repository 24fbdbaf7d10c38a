-- The totals of ledger.performance as views for people, and the running total over closed trades.

COMMENT ON TABLE ledger.performance IS
    'Totals over the closed trades of each ledger by day, symbol, strategy, tag and regime: the replicator sums them.';

CREATE OR REPLACE VIEW public.daily_performance AS
SELECT ledger_id, quote, day, trades, wins, losses, draws, net_pnl, gross_profit, gross_loss, fees
FROM ledger.visible_performance WHERE grouped_by = 'day';

CREATE OR REPLACE VIEW public.performance_by_symbol AS
SELECT ledger_id, quote, symbol, trades, wins, losses, draws, net_pnl, gross_profit, gross_loss, fees
FROM ledger.visible_performance WHERE grouped_by = 'symbol';

CREATE OR REPLACE VIEW public.performance_by_strategy AS
SELECT ledger_id, quote, strategy, trades, wins, losses, draws, net_pnl, gross_profit, gross_loss, fees
FROM ledger.visible_performance WHERE grouped_by = 'strategy';

CREATE OR REPLACE VIEW public.performance_by_tag AS
SELECT ledger_id, quote, tag, trades, wins, losses, draws, net_pnl, gross_profit, gross_loss, fees
FROM ledger.visible_performance WHERE grouped_by = 'tag';

CREATE OR REPLACE VIEW public.performance_by_regime AS
SELECT ledger_id, quote, market_regime, trades, wins, losses, draws, net_pnl, gross_profit, gross_loss, fees
FROM ledger.visible_performance WHERE grouped_by = 'regime';

-- A running total is not stored, because one late fee changes every later point. The view sums stored figures instead.
CREATE OR REPLACE VIEW public.equity_curve AS
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
FROM ledger.visible_trades
WHERE status = 'closed';

COMMENT ON VIEW public.daily_performance IS
    'Totals over closed trades by the UTC day of their close, one row per ledger, quote currency and day.';
COMMENT ON VIEW public.performance_by_symbol IS
    'Totals over closed trades by symbol, one row per ledger, quote currency and symbol.';
COMMENT ON VIEW public.performance_by_strategy IS
    'Totals over closed trades by strategy, one row per ledger, quote currency and strategy.';
COMMENT ON VIEW public.performance_by_tag IS
    'Totals over closed trades by tag, one row per ledger, quote currency and tag.';
COMMENT ON VIEW public.performance_by_regime IS
    'Totals over closed trades by market regime, one row per ledger, quote currency and regime.';
COMMENT ON VIEW public.equity_curve IS
    'The running total of the closed trades, one row per closed trade. Order by ledger_id, quote, closed_at.';
COMMENT ON COLUMN public.equity_curve.ledger_id IS
    'The ledger that the trade belongs to.';
COMMENT ON COLUMN public.equity_curve.quote IS
    'The currency of the amounts; equities of different currencies are never added up.';
COMMENT ON COLUMN public.equity_curve.closed_at IS
    'When the trade closed at the venue. Trades that closed at the same time are in the order of their opens.';
COMMENT ON COLUMN public.equity_curve.trade_id IS
    'The trade; unique in the ledger.';
COMMENT ON COLUMN public.equity_curve.net_pnl IS
    'The realized_pnl of the trade: after fees and adjustments, late ones too.';
COMMENT ON COLUMN public.equity_curve.equity IS
    'The sum of net_pnl up to and including this trade; begins at 0.';

-- The columns of the totals get the comments of the columns of ledger.performance.
DO $$
DECLARE
    shown record;
BEGIN
    FOR shown IN
        SELECT view_column.attrelid::regclass AS view, view_column.attname AS name,
               col_description(table_column.attrelid, table_column.attnum) AS meaning
        FROM pg_attribute AS view_column
        JOIN pg_attribute AS table_column
          ON table_column.attrelid = 'ledger.performance'::regclass AND table_column.attname = view_column.attname
        WHERE view_column.attrelid IN ('public.daily_performance'::regclass, 'public.performance_by_symbol'::regclass,
                                       'public.performance_by_strategy'::regclass,
                                       'public.performance_by_tag'::regclass,
                                       'public.performance_by_regime'::regclass)
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', shown.view, shown.name, shown.meaning);
    END LOOP;
END
$$;
