-- The trades as views for people and trading bots. A bot finds its open positions with NOT closed in trade_history, so
-- a voided trade, which was never closed, is only in voided_trades.

CREATE OR REPLACE VIEW ledger.trade_rows AS
SELECT
-- generated: columns of trade_history
    id,
    trade_id,
    symbol,
    opened_at AS "timestamp",
    side,
    order_type,
    amount,
    entry_price,
    exit_price,
    realized_pnl,
    pnl_pct,
    fees,
    market_regime,
    bull_confidence,
    bear_confidence,
    decision_confidence,
    won,
    status = 'closed' AS closed,
    closed_at AS close_timestamp,
    agent_votes::jsonb AS agent_votes,
    signals::jsonb AS signals,
    ledger_id,
    status,
    open_amount,
    adjustments,
    quote,
    strategy,
    tag,
    account,
    venue,
    reason,
    fees_incomplete,
    decision_id,
    first_sequence,
    last_sequence,
    context::jsonb AS context,
    opened_during_halt
-- end of columns of trade_history
FROM ledger.visible_trades;

CREATE OR REPLACE VIEW public.trade_history AS
SELECT * FROM ledger.trade_rows WHERE status <> 'voided';

CREATE OR REPLACE VIEW public.open_trades AS
SELECT * FROM ledger.trade_rows WHERE status = 'open';

CREATE OR REPLACE VIEW public.closed_trades AS
SELECT * FROM ledger.trade_rows WHERE status = 'closed';

CREATE OR REPLACE VIEW public.voided_trades AS
SELECT * FROM ledger.trade_rows WHERE status = 'voided';

COMMENT ON VIEW ledger.trade_rows IS
    'The trades that the login of this session may see, also voided ones, in the columns of trade_history.';
COMMENT ON VIEW public.trade_history IS
    'One row per open or closed trade; voided trades are in voided_trades.';
COMMENT ON VIEW public.open_trades IS
    'The open trades, in the columns of trade_history.';
COMMENT ON VIEW public.closed_trades IS
    'The closed trades, in the columns of trade_history.';
COMMENT ON VIEW public.voided_trades IS
    'The voided trades, in the columns of trade_history. No total counts them and no other view shows them.';
COMMENT ON COLUMN public.trade_history.closed IS
    'Whether status is closed.';
COMMENT ON COLUMN public.open_trades.closed IS
    'Whether status is closed; it never is here.';
COMMENT ON COLUMN public.closed_trades.closed IS
    'Whether status is closed; it always is here.';
COMMENT ON COLUMN public.voided_trades.closed IS
    'Whether status is closed; it never is here.';

-- Every other column gets the comment of the column of ledger.trades that it shows.
DO $$
DECLARE
    shown record;
BEGIN
    FOR shown IN
        SELECT view_column.attrelid::regclass AS view, view_column.attname AS name,
               col_description(table_column.attrelid, table_column.attnum) AS meaning
        FROM pg_attribute AS view_column
        JOIN pg_attribute AS table_column
          ON table_column.attrelid = 'ledger.trades'::regclass
         AND table_column.attname = CASE view_column.attname
                 WHEN 'timestamp' THEN 'opened_at'
                 WHEN 'close_timestamp' THEN 'closed_at'
                 ELSE view_column.attname
             END
        WHERE view_column.attrelid IN ('public.trade_history'::regclass, 'public.open_trades'::regclass,
                                       'public.closed_trades'::regclass, 'public.voided_trades'::regclass)
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', shown.view, shown.name, shown.meaning);
    END LOOP;
END
$$;
