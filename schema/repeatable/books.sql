-- Orders, balances, positions, flows and halts as views for people, and portfolios, which value the accounts at the
-- last prices when they are read: a price touches one row.

CREATE OR REPLACE VIEW public.orders AS
SELECT * FROM ledger.visible_orders;

CREATE OR REPLACE VIEW public.balances AS
SELECT
    ledger_id, account, currency, deposited, withdrawn, transferred, adjusted, traded, fees, amount, observed,
    observed_at, difference, incomplete
FROM ledger.visible_balances
WHERE sources > 0;

CREATE OR REPLACE VIEW public.capital_flows AS
SELECT ledger_id, account, currency, occurred_at, kind, amount, sequence
FROM ledger.visible_capital_flows;

CREATE OR REPLACE VIEW public.halts AS
SELECT * FROM ledger.visible_halts;

CREATE OR REPLACE VIEW public.positions AS
SELECT
    position.ledger_id,
    position.account,
    position.venue,
    position.symbol,
    position.side,
    position.quote,
    position.amount,
    position.entry_price,
    position.cost,
    position.trades,
    price.price AS mark,
    price.observed_at AS marked_at,
    -- An inverse contract settles in another currency than its quote.
    CASE
        WHEN position.symbol NOT LIKE '%:%'
          OR split_part(regexp_replace(position.symbol, '^.*:', ''), '-', 1) = position.quote
        THEN CASE
            WHEN position.amount = 0 THEN CASE WHEN position.cost = 0 THEN 0 END
            ELSE trim_scale(
                CASE position.side WHEN 'buy' THEN 1 ELSE -1 END * (position.amount * price.price - position.cost)
            )
        END
    END AS unrealized_pnl
FROM ledger.visible_positions AS position
LEFT JOIN ledger.visible_prices AS price USING (ledger_id, symbol)
WHERE position.trades > 0;

-- What one unit of a currency is worth in another: the last CURRENCY/BASE, else 1 / BASE/CURRENCY; never chained.
CREATE OR REPLACE VIEW ledger.rates AS
SELECT ledger_id, split_part(symbol, '/', 1) AS currency, split_part(symbol, '/', 2) AS base, price AS rate, 1 AS rank
FROM ledger.visible_prices
WHERE symbol LIKE '%/%' AND symbol NOT LIKE '%/%/%'
UNION ALL
SELECT
    ledger_id, split_part(symbol, '/', 2), split_part(symbol, '/', 1), ledger.quotient(1, price, 1e-18), 2
FROM ledger.visible_prices
WHERE symbol LIKE '%/%' AND symbol NOT LIKE '%/%/%';

CREATE OR REPLACE VIEW public.portfolios AS
WITH accounts AS (
    SELECT ledger_id, account FROM public.balances
    UNION
    SELECT ledger_id, account FROM public.positions
),
bases AS (
    SELECT
        ledger_id,
        account,
        (
            SELECT flow.currency FROM public.capital_flows AS flow
            WHERE flow.ledger_id = accounts.ledger_id AND flow.account = accounts.account
            ORDER BY flow.sequence LIMIT 1
        ) AS base
    FROM accounts
),
-- Every amount with its part of the portfolio; `named` is what unpriced calls it if there is no price. The P&L of an
-- inverse contract is unknown also with a price.
parts AS (
    SELECT ledger_id, account, 'capital_in' AS part, currency, amount, currency AS named
    FROM public.capital_flows WHERE amount > 0
    UNION ALL
    SELECT ledger_id, account, 'capital_out' AS part, currency, -amount, currency
    FROM public.capital_flows WHERE amount < 0
    UNION ALL
    SELECT ledger_id, account, 'balance' AS part, currency, amount, currency FROM public.balances
    UNION ALL
    SELECT ledger_id, account, 'unrealized_pnl' AS part, quote, unrealized_pnl,
        CASE WHEN unrealized_pnl IS NOT NULL THEN quote WHEN mark IS NULL THEN symbol END
    FROM public.positions
    UNION ALL
    SELECT ledger_id, account, 'derivatives' AS part, quote, unrealized_pnl,
        CASE WHEN unrealized_pnl IS NOT NULL THEN quote WHEN mark IS NULL THEN symbol END
    FROM public.positions WHERE symbol LIKE '%:%'
    UNION ALL
    SELECT ledger_id, coalesce(account, 'default'), 'realized_pnl' AS part, quote, sum(realized_pnl), quote
    FROM public.trade_history GROUP BY ledger_id, coalesce(account, 'default'), quote
),
valued AS (
    SELECT
        bases.ledger_id,
        bases.account,
        bases.base,
        CASE WHEN parts.part = 'balance' AND parts.currency = bases.base THEN 'cash' ELSE parts.part END AS part,
        CASE
            WHEN parts.amount = 0 THEN 0
            WHEN parts.currency = bases.base THEN parts.amount
            ELSE parts.amount * (
                SELECT known.rate FROM ledger.rates AS known
                WHERE known.ledger_id = bases.ledger_id AND known.currency = parts.currency
                  AND known.base = bases.base
                ORDER BY known.rank LIMIT 1
            )
        END AS value,
        parts.named
    FROM bases
    JOIN parts USING (ledger_id, account)
    WHERE bases.base IS NOT NULL
),
sums AS (
    SELECT
        ledger_id,
        account,
        base,
        part,
        CASE WHEN bool_and(value IS NOT NULL) THEN sum(value) END AS value,
        array_agg(named) FILTER (WHERE value IS NULL) AS unpriced
    FROM valued
    GROUP BY ledger_id, account, base, part
),
columns AS (
    SELECT
        bases.ledger_id,
        bases.account,
        bases.base,
        CASE WHEN bases.base IS NOT NULL THEN
            coalesce(one.capital_in, CASE WHEN has.capital_in THEN NULL ELSE 0 END)
        END AS capital_in,
        CASE WHEN bases.base IS NOT NULL THEN
            coalesce(one.capital_out, CASE WHEN has.capital_out THEN NULL ELSE 0 END)
        END AS capital_out,
        CASE WHEN bases.base IS NOT NULL THEN
            coalesce(one.cash, CASE WHEN has.cash THEN NULL ELSE 0 END)
        END AS cash,
        CASE WHEN bases.base IS NOT NULL THEN
            coalesce(one.balance, CASE WHEN has.balance THEN NULL ELSE 0 END)
            + coalesce(one.derivatives, CASE WHEN has.derivatives THEN NULL ELSE 0 END)
        END AS positions_value,
        CASE WHEN bases.base IS NOT NULL THEN
            coalesce(one.realized_pnl, CASE WHEN has.realized_pnl THEN NULL ELSE 0 END)
        END AS realized_pnl,
        CASE WHEN bases.base IS NOT NULL THEN
            coalesce(one.unrealized_pnl, CASE WHEN has.unrealized_pnl THEN NULL ELSE 0 END)
        END AS unrealized_pnl,
        one.unpriced
    FROM bases
    LEFT JOIN LATERAL (
        SELECT
            max(value) FILTER (WHERE part = 'capital_in') AS capital_in,
            max(value) FILTER (WHERE part = 'capital_out') AS capital_out,
            max(value) FILTER (WHERE part = 'cash') AS cash,
            max(value) FILTER (WHERE part = 'balance') AS balance,
            max(value) FILTER (WHERE part = 'derivatives') AS derivatives,
            max(value) FILTER (WHERE part = 'realized_pnl') AS realized_pnl,
            max(value) FILTER (WHERE part = 'unrealized_pnl') AS unrealized_pnl,
            (
                SELECT string_agg(DISTINCT named COLLATE "C", ', ' ORDER BY named COLLATE "C")
                FROM sums AS missing, unnest(missing.unpriced) AS named
                WHERE missing.ledger_id = bases.ledger_id AND missing.account = bases.account
            ) AS unpriced
        FROM sums
        WHERE sums.ledger_id = bases.ledger_id AND sums.account = bases.account
    ) AS one ON true
    LEFT JOIN LATERAL (
        SELECT
            bool_or(part = 'capital_in') AS capital_in,
            bool_or(part = 'capital_out') AS capital_out,
            bool_or(part = 'cash') AS cash,
            bool_or(part = 'balance') AS balance,
            bool_or(part = 'derivatives') AS derivatives,
            bool_or(part = 'realized_pnl') AS realized_pnl,
            bool_or(part = 'unrealized_pnl') AS unrealized_pnl
        FROM sums
        WHERE sums.ledger_id = bases.ledger_id AND sums.account = bases.account
    ) AS has ON true
)
SELECT
    ledger_id,
    account,
    base,
    trim_scale(capital_in) AS capital_in,
    trim_scale(capital_out) AS capital_out,
    trim_scale(cash) AS cash,
    trim_scale(positions_value) AS positions_value,
    trim_scale(realized_pnl) AS realized_pnl,
    trim_scale(unrealized_pnl) AS unrealized_pnl,
    trim_scale(cash + positions_value) AS equity,
    unpriced
FROM columns;

COMMENT ON VIEW public.orders IS
    'One row per order: what was intended, and what became of it.';
COMMENT ON VIEW public.balances IS
    'What must be on each account in each currency, and the difference from what the venue reported.';
COMMENT ON VIEW public.positions IS
    'The open trades of one account, venue, symbol, side and quote currency, added up, at the last price.';
COMMENT ON VIEW public.capital_flows IS
    'What came to the accounts and left them other than by trades; a transfer has two rows.';
COMMENT ON VIEW public.halts IS
    'One row per halt, from its beginning to its end.';
COMMENT ON VIEW public.portfolios IS
    'Each account in the currency of its first flow, at the last prices.';
COMMENT ON VIEW ledger.rates IS
    'What one unit of a currency is worth in another, from the last prices; the lower rank counts.';

-- The columns of the views get the comments of the columns of their tables.
DO $$
DECLARE
    shown record;
BEGIN
    FOR shown IN
        SELECT view_column.attrelid::regclass AS view, view_column.attname AS name,
               col_description(table_column.attrelid, table_column.attnum) AS meaning
        FROM (
            VALUES ('public.orders'::regclass, 'ledger.orders'::regclass),
                   ('public.balances'::regclass, 'ledger.balances'::regclass),
                   ('public.positions'::regclass, 'ledger.positions'::regclass),
                   ('public.capital_flows'::regclass, 'ledger.capital_flows'::regclass),
                   ('public.halts'::regclass, 'ledger.halts'::regclass)
        ) AS pair (view, source)
        JOIN pg_attribute AS view_column ON view_column.attrelid = pair.view
        JOIN pg_attribute AS table_column
          ON table_column.attrelid = pair.source AND table_column.attname = view_column.attname
        WHERE view_column.attnum > 0 AND table_column.attnum > 0
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', shown.view, shown.name, shown.meaning);
    END LOOP;
END
$$;

COMMENT ON COLUMN public.positions.entry_price IS
    'The price of the entries of its open trades; if there are several, cost / amount; 18 decimals, half-even.';
COMMENT ON COLUMN public.positions.mark IS
    'The price of the symbol that was recorded last.';
COMMENT ON COLUMN public.positions.marked_at IS
    'When it was observed.';
COMMENT ON COLUMN public.positions.unrealized_pnl IS
    'What closing at the mark would bring, before fees; NULL without a mark, and for inverse contracts.';
COMMENT ON COLUMN public.portfolios.ledger_id IS
    'The ledger.';
COMMENT ON COLUMN public.portfolios.account IS
    'The account; default is that of events that name none.';
COMMENT ON COLUMN public.portfolios.base IS
    'The currency of the figures: that of the first flow of the account; NULL without one.';
COMMENT ON COLUMN public.portfolios.capital_in IS
    'What was deposited, transferred from other accounts, or corrected upwards.';
COMMENT ON COLUMN public.portfolios.capital_out IS
    'What was withdrawn, transferred to other accounts, or corrected downwards.';
COMMENT ON COLUMN public.portfolios.cash IS
    'The balance in base.';
COMMENT ON COLUMN public.portfolios.positions_value IS
    'The other balances at the last prices, and the unrealized P&L of derivatives.';
COMMENT ON COLUMN public.portfolios.realized_pnl IS
    'The realized P&L of all trades of the account, without voided ones.';
COMMENT ON COLUMN public.portfolios.unrealized_pnl IS
    'What closing all positions at the last prices would bring.';
COMMENT ON COLUMN public.portfolios.equity IS
    'cash + positions_value.';
COMMENT ON COLUMN public.portfolios.unpriced IS
    'The currencies and symbols without a price on record, which make sums NULL; NULL where there are none. '
    'Sums are also NULL with a position in an inverse contract, whose P&L is not computed.';
