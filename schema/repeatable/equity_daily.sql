-- The equity of each UTC day: the capital that came in and stayed, and what was realized by the end of the day.
-- Interest, settlements and other adjustments of an account are results; corrections and conversions are capital.
-- Transfers stay within the ledger. Nothing is converted: each currency has its own equity. The adjustments are found
-- by reading all events, because no index says which are of accounts.

CREATE OR REPLACE VIEW public.equity_daily AS
WITH moved AS (
    SELECT
        flow.ledger_id AS ledger_id,
        flow.currency AS quote,
        (flow.occurred_at AT TIME ZONE 'UTC')::date AS day,
        greatest(flow.amount, 0) AS capital_in,
        greatest(-flow.amount, 0) AS capital_out,
        0::numeric AS net_pnl
    FROM public.capital_flows AS flow
    WHERE flow.kind <> 'transferred'
    UNION ALL
    SELECT
        total.ledger_id AS ledger_id,
        total.quote AS quote,
        total.day AS day,
        0::numeric AS capital_in,
        0::numeric AS capital_out,
        total.net_pnl AS net_pnl
    FROM public.daily_performance AS total
    UNION ALL
    SELECT
        event.ledger_id AS ledger_id,
        event.details ->> 'currency' AS quote,
        (event.occurred_at AT TIME ZONE 'UTC')::date AS day,
        0::numeric AS capital_in,
        0::numeric AS capital_out,
        event.cost AS net_pnl
    FROM ledger.trade_events AS event
    JOIN ledger.visible_replication AS known
      ON known.ledger_id = event.ledger_id AND known.last_sequence >= event.sequence
    WHERE event.type = 'account.adjusted' AND event.kind NOT IN ('correction', 'conversion')
    UNION ALL
    SELECT
        trade.ledger_id AS ledger_id,
        trade.quote AS quote,
        min((trade.timestamp AT TIME ZONE 'UTC')::date) AS day,
        0::numeric AS capital_in,
        0::numeric AS capital_out,
        0::numeric AS net_pnl
    FROM public.trade_history AS trade
    GROUP BY trade.ledger_id, trade.quote
),
span AS (
    SELECT moved.ledger_id, moved.quote, min(moved.day) AS first_day, max(moved.day) AS last_day
    FROM moved
    GROUP BY moved.ledger_id, moved.quote
),
daily AS (
    SELECT
        span.ledger_id,
        span.quote,
        calendar.day::date AS day,
        coalesce(sum(moved.capital_in), 0) AS capital_in,
        coalesce(sum(moved.capital_out), 0) AS capital_out,
        coalesce(sum(moved.net_pnl), 0) AS net_pnl
    FROM span
    CROSS JOIN LATERAL generate_series(
        span.first_day::timestamp, span.last_day::timestamp, INTERVAL '1 day'
    ) AS calendar (day)
    LEFT JOIN moved
      ON moved.ledger_id = span.ledger_id AND moved.quote = span.quote AND moved.day = calendar.day::date
    GROUP BY span.ledger_id, span.quote, calendar.day
)
SELECT
    daily.ledger_id,
    daily.quote,
    daily.day,
    trim_scale(daily.capital_in) AS capital_in,
    trim_scale(daily.capital_out) AS capital_out,
    trim_scale(daily.net_pnl) AS net_pnl,
    trim_scale(
        sum(daily.capital_in - daily.capital_out + daily.net_pnl)
            OVER (PARTITION BY daily.ledger_id, daily.quote ORDER BY daily.day)
    ) AS equity
FROM daily;

COMMENT ON VIEW public.equity_daily IS
    'The equity of each UTC day, from the day of the first flow or open to that of the last flow or close; every day '
    'counts.';
COMMENT ON COLUMN public.equity_daily.ledger_id IS
    'The ledger.';
COMMENT ON COLUMN public.equity_daily.quote IS
    'The currency.';
COMMENT ON COLUMN public.equity_daily.day IS
    'The day, in UTC.';
COMMENT ON COLUMN public.equity_daily.capital_in IS
    'What was deposited on the day, corrected upwards, or converted into the currency.';
COMMENT ON COLUMN public.equity_daily.capital_out IS
    'What was withdrawn on the day, corrected downwards, or converted into another currency.';
COMMENT ON COLUMN public.equity_daily.net_pnl IS
    'The P&L of the trades closed on the day, and interest and other adjustments of accounts.';
COMMENT ON COLUMN public.equity_daily.equity IS
    'Capital and P&L up to the end of the day.';
