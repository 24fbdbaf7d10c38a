-- The trades as people and trading bots query them. A voided trade keeps its row and its figures in trade_history, with
-- closed and won false; open_trades and closed_trades leave it out.

CREATE VIEW public.trade_history AS
SELECT
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
    account,
    venue,
    reason,
    fees_incomplete,
    first_sequence,
    last_sequence
FROM ledger.trades;

CREATE VIEW public.open_trades AS
SELECT * FROM public.trade_history WHERE status = 'open';

CREATE VIEW public.closed_trades AS
SELECT * FROM public.trade_history WHERE status = 'closed';

COMMENT ON VIEW public.trade_history IS
    'One row a trade: open, closed or voided. Totals leave out the voided ones.';
COMMENT ON VIEW public.open_trades IS
    'The rows of trade_history whose status is open.';
COMMENT ON VIEW public.closed_trades IS
    'The rows of trade_history whose status is closed.';
COMMENT ON COLUMN public.trade_history.closed IS
    'Whether status is closed.';
COMMENT ON COLUMN public.open_trades.closed IS
    'Whether status is closed; it never is here.';
COMMENT ON COLUMN public.closed_trades.closed IS
    'Whether status is closed; it always is here.';

-- Every other column means what the column of ledger.trades means that it shows.
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
                                       'public.closed_trades'::regclass)
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', shown.view, shown.name, shown.meaning);
    END LOOP;
END
$$;
