-- The rules of a trade, implemented a second time, in SQL: `verify --deep` checks the fold of the program with them,
-- and trade_history_as_of shows what was known at an earlier time. This file shares no code with the program.

-- dividend / divisor as an integer, half-even, of a dividend that is not negative and a positive divisor. PostgreSQL's
-- own division chooses the scale of its result. This and the next function are single expressions, which PostgreSQL
-- inlines where they are called.
CREATE OR REPLACE FUNCTION ledger.half_even(dividend numeric, divisor numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN div(2 * dividend + divisor, 2 * divisor) - CASE mod(2 * dividend + divisor, 2 * divisor)
    WHEN 0 THEN mod(div(2 * dividend + divisor, 2 * divisor), 2)
    ELSE 0
END;

-- dividend / divisor as a multiple of unit, half-even, of a positive divisor.
CREATE OR REPLACE FUNCTION ledger.quotient(dividend numeric, divisor numeric, unit numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN trim_scale(sign(dividend) * unit * ledger.half_even(abs(dividend), divisor * unit));

-- Whether a number of JSON fits numeric, and so jsonb: 131072 digits before the point, 16383 after it (PostgreSQL's
-- documentation, 8.1.2). Checked first, because a parallel query cannot catch the error.
CREATE OR REPLACE FUNCTION ledger.is_numeric(number text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    part text[];
    exponent numeric;
BEGIN
    IF length(number) < 1000 AND strpos(lower(number), 'e') = 0 THEN
        RETURN true;
    END IF;
    part := regexp_match(number, '^-?([0-9]+)(?:[.]([0-9]+))?(?:[eE]([-+]?[0-9]+))?$');
    exponent := coalesce(part[3], '0')::numeric;
    RETURN length(part[1]) + exponent <= 131072 AND length(coalesce(part[2], '')) - exponent <= 16383;
END
$$;

-- Whether each number in a document of JSON fits numeric, looking at each of them.
CREATE OR REPLACE FUNCTION ledger.each_is_numeric(document text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN NOT EXISTS (
        SELECT
        FROM regexp_matches(
            -- Removes strings, which may look like numbers. E'' has the same meaning with any setting of the session.
            regexp_replace(document, E'"(?:[^"\\\\]|\\\\.)*"', '', 'g'),
            '-?[0-9][-+.0-9eE]*',
            'g'
        ) AS number
        WHERE NOT ledger.is_numeric(number[1])
    );
END
$$;

-- Whether jsonb holds a document of JSON. The usual case, in which no number is that long or has an exponent, is
-- decided first.
CREATE OR REPLACE FUNCTION ledger.fits_jsonb(document text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (length(document) < 16000 AND document !~ '[0-9][eE]') OR ledger.each_is_numeric(document);

-- All keys of some contexts in one object, in the order of their first context; the value of the latest counts. It is
-- null where jsonb does not hold its numbers. The plan is made once: PostgreSQL would otherwise plan the query again in
-- each call, because it does not know the number of contexts, and that takes longer than the query.
CREATE OR REPLACE FUNCTION ledger.merged_context(contexts json[]) RETURNS json
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    RETURN (
        SELECT ('{' || coalesce(string_agg(to_json(key)::text || ':' || value, ',' ORDER BY place), '') || '}')::json
        FROM (
            SELECT
                member.key,
                min(ARRAY[given.place, member.place]) AS place,
                (array_agg(
                    CASE WHEN ledger.fits_jsonb(member.value::text) THEN member.value::text ELSE 'null' END
                    ORDER BY given.place DESC
                ))[1] AS value
            FROM unnest(contexts) WITH ORDINALITY AS given (context, place)
            CROSS JOIN LATERAL json_each(given.context) WITH ORDINALITY AS member (key, value, place)
            GROUP BY member.key
        ) AS merged
    );
END
$$;

-- Whether a halt of a scope covers a trade.
CREATE OR REPLACE FUNCTION ledger.covers(scope text, strategy text, symbol text, account text, venue text)
    RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN scope IN (
    'all', 'strategy:' || strategy, 'symbol:' || symbol, 'account:' || coalesce(account, 'default'), 'venue:' || venue
);

-- Folds the events of one trade, in the order of their sequences, into a row of ledger.trades without its id; NULL if
-- no event opens the trade. An event that breaks a rule depends on a lost one, and is skipped. The only context of a
-- trade stays as the producer wrote it: people see jsonb, and merged_context gives it the form that ledger.trades has.
-- It has the rights of its owner: a reader calls it through trade_history_as_of, and may not use the schema. It reads
-- only its argument.
--
-- trade_history_as_of spends half of its time here. So the loop has few statements, and the context is read once, after
-- it.
CREATE OR REPLACE FUNCTION ledger.fold_trade(events ledger.trade_events[]) RETURNS ledger.trades
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    average_unit CONSTANT numeric := 1e-18;
    percent_unit CONSTANT numeric := 1e-8;
    event ledger.trade_events;
    opening ledger.trade_events;
    status text;
    base text;
    quote text;
    amount numeric;
    -- The entries and the exits: amount, value, and the one price, NULL if there is none and NaN if there are several.
    entry_amount numeric := 0;
    entry_value numeric := 0;
    entry_price numeric;
    exit_amount numeric := 0;
    exit_value numeric := 0;
    exit_price numeric;
    open_amount numeric := 0;
    closed_cost numeric := 0;
    -- The fee of an event in the quote currency.
    fee numeric;
    fees numeric := 0;
    fees_incomplete boolean := false;
    -- The fees in the base currency: their amount, and the part of it that fees includes.
    base_fees numeric := 0;
    base_fee_value numeric := 0;
    dust numeric;
    dust_value numeric := 0;
    adjustments numeric := 0;
    realized_pnl numeric;
    reason text;
    closed_at timestamptz;
    last_sequence bigint;
    last_recorded_at timestamptz;
    contexts json[];
    context json;
    -- The context again, in the form in which a key is found without reading all of it.
    known jsonb;
BEGIN
    FOREACH event IN ARRAY events LOOP
        IF event.type = 'trade.opened' THEN
            CONTINUE WHEN status IS NOT NULL;
            opening := event;
            status := 'open';
            base := coalesce(substring(event.symbol FROM '^(.*)/'), substring(event.symbol FROM '^(.*)-'));
            quote := coalesce(event.quote, split_part(substr(event.symbol, length(base) + 2), ':', 1), '');
        ELSE
            CONTINUE WHEN status IS NULL OR status = 'voided' OR event.occurred_at < opening.occurred_at;
        END IF;

        IF event.type IN ('trade.opened', 'trade.increased') THEN
            CONTINUE WHEN status = 'closed';
            entry_amount := entry_amount + event.amount;
            entry_value := entry_value + event.amount * event.price;
            entry_price := CASE WHEN entry_price <> event.price THEN 'NaN' ELSE event.price END;
            open_amount := open_amount + event.amount;
        ELSIF event.type IN ('trade.reduced', 'trade.closed') THEN
            CONTINUE WHEN status = 'closed';
            amount := event.amount;
            IF event.type = 'trade.closed' THEN
                IF event.dust = 'rest' THEN
                    amount := coalesce(amount, open_amount);
                ELSE
                    amount := coalesce(amount, open_amount - coalesce(event.dust::numeric, 0));
                    CONTINUE WHEN amount < 0 OR amount + coalesce(event.dust::numeric, 0) <> open_amount;
                END IF;
            END IF;
            CONTINUE WHEN amount > open_amount;
            IF amount > 0 THEN
                exit_amount := exit_amount + amount;
                exit_value := exit_value + amount * event.price;
                exit_price := CASE WHEN exit_price <> event.price THEN 'NaN' ELSE event.price END;
            END IF;
            -- A close takes everything that is left, dust included; so does a reduction to zero.
            closed_cost := CASE
                WHEN event.type = 'trade.closed' OR amount = open_amount THEN entry_value
                ELSE closed_cost + ledger.quotient((entry_value - closed_cost) * amount, open_amount, average_unit)
            END;
            IF event.type = 'trade.closed' THEN
                open_amount := 0;
                status := 'closed';
                closed_at := event.occurred_at;
                reason := coalesce(event.reason, reason);
            ELSE
                open_amount := open_amount - amount;
            END IF;
        ELSIF event.type = 'trade.adjusted' THEN
            adjustments := adjustments + event.cost;
        ELSIF event.type = 'trade.voided' THEN
            status := 'voided';
            reason := coalesce(event.reason, reason);
        END IF;

        -- Without a currency, a fee is in the quote currency.
        IF event.fee_currency IS NULL THEN
            fees := fees + coalesce(event.fee_quote_cost, event.fee_cost, 0);
        ELSE
            fee := CASE
                WHEN event.fee_quote_cost IS NOT NULL THEN event.fee_quote_cost
                WHEN event.fee_currency = quote THEN event.fee_cost
                WHEN event.fee_currency = base AND base <> '' THEN event.fee_cost * event.price
            END;
            fees := fees + coalesce(fee, 0);
            fees_incomplete := fees_incomplete OR fee IS NULL;
            IF event.fee_currency = base AND base <> '' THEN
                base_fees := base_fees + event.fee_cost;
                base_fee_value := base_fee_value + fee;
            END IF;
        END IF;

        IF event.context IS NOT NULL THEN
            contexts := contexts || event.context;
        END IF;

        last_sequence := event.sequence;
        last_recorded_at := event.recorded_at;
    END LOOP;

    IF status IS NULL THEN
        RETURN NULL;
    END IF;
    -- The dust that a close wrote off. A fee in the base currency is paid already: dust of a bought position counts at
    -- the value of these fees, up to their amount. All other dust is worth nothing.
    dust := entry_amount - exit_amount - open_amount;
    IF opening.side = 'buy' AND base_fees > 0 THEN
        dust_value := CASE
            WHEN dust >= base_fees THEN base_fee_value
            ELSE ledger.quotient(base_fee_value * dust, base_fees, average_unit)
        END;
    END IF;
    realized_pnl := CASE opening.side
        WHEN 'buy' THEN exit_value + dust_value - closed_cost
        ELSE closed_cost - exit_value
    END
        - fees + adjustments;
    context := CASE
        WHEN cardinality(contexts) = 1 AND ledger.fits_jsonb(contexts[1]::text) THEN contexts[1]
        ELSE ledger.merged_context(contexts)
    END;
    known := context::jsonb;
    RETURN ROW(
        opening.ledger_id,
        opening.trade_id,
        NULL,
        opening.symbol,
        opening.side,
        opening.order_type,
        status,
        trim_scale(entry_amount),
        trim_scale(open_amount),
        CASE entry_price WHEN 'NaN' THEN ledger.quotient(entry_value, entry_amount, average_unit) ELSE entry_price END,
        CASE exit_price WHEN 'NaN' THEN ledger.quotient(exit_value, exit_amount, average_unit) ELSE exit_price END,
        trim_scale(realized_pnl),
        CASE closed_cost WHEN 0 THEN 0 ELSE ledger.quotient(100 * realized_pnl, closed_cost, percent_unit) END,
        trim_scale(fees),
        trim_scale(adjustments),
        fees_incomplete,
        quote,
        opening.strategy,
        opening.tag,
        opening.account,
        opening.venue,
        reason,
        opening.decision_id,
        opening.occurred_at,
        closed_at,
        CASE jsonb_typeof(known -> 'market_regime') WHEN 'string' THEN known ->> 'market_regime' END,
        CASE jsonb_typeof(known -> 'bull_confidence')
            WHEN 'number' THEN trim_scale((known -> 'bull_confidence')::numeric)
        END,
        CASE jsonb_typeof(known -> 'bear_confidence')
            WHEN 'number' THEN trim_scale((known -> 'bear_confidence')::numeric)
        END,
        CASE jsonb_typeof(known -> 'decision_confidence')
            WHEN 'number' THEN trim_scale((known -> 'decision_confidence')::numeric)
        END,
        CASE WHEN jsonb_typeof(known -> 'agent_votes') IN ('object', 'array') THEN context -> 'agent_votes' END,
        CASE WHEN jsonb_typeof(known -> 'signals') IN ('object', 'array') THEN context -> 'signals' END,
        status = 'closed' AND realized_pnl > 0,
        opening.sequence,
        last_sequence,
        opening.recorded_at,
        last_recorded_at,
        context,
        -- Halts are no events of the trade.
        NULL
    )::ledger.trades;
END
$$;

-- Neither VOLATILE nor STRICT nor SECURITY DEFINER, so that PostgreSQL inlines the query, and a condition on trade_id
-- or ledger_id reaches the events.
CREATE OR REPLACE FUNCTION public.trade_history_as_of(moment timestamptz) RETURNS SETOF public.trade_history
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT
    -- generated: columns of trade_history_as_of
        known.id,
        known.trade_id,
        fold.symbol,
        fold.opened_at AS "timestamp",
        fold.side,
        fold.order_type,
        fold.amount,
        fold.entry_price,
        fold.exit_price,
        fold.realized_pnl,
        fold.pnl_pct,
        fold.fees,
        fold.market_regime,
        fold.bull_confidence,
        fold.bear_confidence,
        fold.decision_confidence,
        fold.won,
        fold.status = 'closed' AS closed,
        fold.closed_at AS close_timestamp,
        fold.agent_votes::jsonb AS agent_votes,
        fold.signals::jsonb AS signals,
        known.ledger_id,
        fold.status,
        fold.open_amount,
        fold.adjustments,
        fold.quote,
        fold.strategy,
        fold.tag,
        fold.account,
        fold.venue,
        fold.reason,
        fold.fees_incomplete,
        fold.decision_id,
        fold.first_sequence,
        fold.last_sequence,
        fold.context::jsonb AS context,
        EXISTS (
            SELECT FROM ledger.visible_halts AS halt
            WHERE halt.ledger_id = known.ledger_id AND halt.first_sequence < fold.first_sequence
              AND (halt.resumed_at IS NULL OR halt.last_sequence > fold.first_sequence)
              AND ledger.covers(halt.scope, fold.strategy, fold.symbol, fold.account, fold.venue)
        ) AS opened_during_halt
    -- end of columns of trade_history_as_of
    FROM (
        SELECT
            event.ledger_id,
            event.trade_id,
            event.id,
            array_agg(
                ROW(
                    -- generated: columns of an event
                    event.ledger_id, event.sequence, event.recorded_at, NULL, NULL, event.type, event.trade_id,
                    event.trade_id, event.occurred_at, event.correlation_id, event.symbol, event.quote,
                    event.side, event.order_type, event.amount, event.price, event.fee, event.fee_currency,
                    event.fee_quote_cost, event.dust, event.kind, event.cost, event.strategy, event.account,
                    event.venue, event.exchange_order_id, event.fill_id, event.tag, event.order_id,
                    event.decision_id, event.reason, event.actor, event.causation_id, event.context, NULL
                    -- end of columns of an event
                )::ledger.trade_events
                ORDER BY event.sequence
            ) AS events
        FROM ledger.timeline AS event
        WHERE event.recorded_at <= moment
        -- A bigint first, which sorts faster than a text.
        GROUP BY event.id, event.ledger_id, event.trade_id
    ) AS known
    CROSS JOIN LATERAL ledger.fold_trade(known.events) AS fold
    WHERE fold.status <> 'voided';
END;

COMMENT ON FUNCTION ledger.half_even(numeric, numeric) IS
    'dividend / divisor as an integer, half-even.';
COMMENT ON FUNCTION ledger.quotient(numeric, numeric, numeric) IS
    'dividend / divisor as a multiple of unit, half-even, such as 1e-18 for 18 decimals.';
COMMENT ON FUNCTION ledger.is_numeric(text) IS
    'Whether a number of JSON fits numeric.';
COMMENT ON FUNCTION ledger.each_is_numeric(text) IS
    'Whether each number in a document of JSON fits numeric.';
COMMENT ON FUNCTION ledger.fits_jsonb(text) IS
    'Whether jsonb holds a document of JSON: each number fits numeric.';
COMMENT ON FUNCTION ledger.merged_context(json[]) IS
    'All keys of some contexts in one object; the value of the latest context that holds the key.';
COMMENT ON FUNCTION ledger.covers(text, text, text, text, text) IS
    'Whether a halt of a scope covers a trade of a strategy, symbol, account and venue.';
COMMENT ON FUNCTION ledger.fold_trade(ledger.trade_events[]) IS
    'Folds the events of one trade into a row of ledger.trades without its id; an independent check of the fold.';
COMMENT ON FUNCTION public.trade_history_as_of(timestamptz) IS
    'trade_history as known at a moment, from the events recorded up to and including it. Reads all of history, or, '
    'with a condition on trade_id, only the events of that trade.';
