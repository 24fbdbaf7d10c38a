-- The rules of a trade, implemented a second time, in SQL: `verify --deep` checks the fold of the program with them,
-- and trade_history_as_of shows what was known at an earlier time. This file shares no code with the program.

-- dividend / divisor as a multiple of unit, half-even. PostgreSQL's own division chooses the scale of its result.
CREATE OR REPLACE FUNCTION ledger.quotient(dividend numeric, divisor numeric, unit numeric) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    step CONSTANT numeric := abs(divisor) * unit;
    steps numeric := div(abs(dividend), step);
    twice_the_rest CONSTANT numeric := 2 * (abs(dividend) - steps * step);
BEGIN
    IF twice_the_rest > step OR (twice_the_rest = step AND mod(steps, 2) = 1) THEN
        steps := steps + 1;
    END IF;
    RETURN trim_scale(sign(dividend) * sign(divisor) * steps * unit);
END
$$;

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

-- A value of a context as numeric; NULL if it is not a number, or does not fit numeric.
CREATE OR REPLACE FUNCTION ledger.context_number(value json) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF json_typeof(value) = 'number' AND ledger.is_numeric(value #>> '{}') THEN
        RETURN trim_scale((value #>> '{}')::numeric);
    END IF;
    RETURN NULL;
END
$$;

-- A value of a context as a document; NULL if it is neither object nor array, or if its numbers do not fit jsonb.
CREATE OR REPLACE FUNCTION ledger.context_document(value json) RETURNS json
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF json_typeof(value) NOT IN ('object', 'array') THEN
        RETURN NULL;
    END IF;
    -- The usual case: no number is that long or has an exponent.
    IF length(value::text) < 16000 AND value::text !~ '[0-9][eE]' THEN
        RETURN value;
    END IF;
    IF EXISTS (
        SELECT
        FROM regexp_matches(
            -- Removes strings, which may look like numbers. E'' has the same meaning with any setting of the session.
            regexp_replace(value::text, E'"(?:[^"\\\\]|\\\\.)*"', '', 'g'),
            '-?[0-9][-+.0-9eE]*',
            'g'
        ) AS number
        WHERE NOT ledger.is_numeric(number[1])
    ) THEN
        RETURN NULL;
    END IF;
    RETURN value;
END
$$;

-- A value of a context as it is kept in a trade's context; null where jsonb does not hold its numbers.
CREATE OR REPLACE FUNCTION ledger.context_value(value json) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE json_typeof(value)
        WHEN 'number' THEN CASE WHEN ledger.is_numeric(value #>> '{}') THEN value::text ELSE 'null' END
        WHEN 'object' THEN coalesce(ledger.context_document(value)::text, 'null')
        WHEN 'array' THEN coalesce(ledger.context_document(value)::text, 'null')
        ELSE value::text
    END
$$;

-- All keys of some contexts in one object, in the order of their first context; the value of the latest counts.
CREATE OR REPLACE FUNCTION ledger.merged_context(contexts json[]) RETURNS json
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT ('{' || coalesce(string_agg(to_json(key)::text || ':' || value, ',' ORDER BY place), '') || '}')::json
    FROM (
        SELECT
            member.key,
            min(ARRAY[given.place, member.place]) AS place,
            (array_agg(ledger.context_value(member.value) ORDER BY given.place DESC))[1] AS value
        FROM unnest(contexts) WITH ORDINALITY AS given (context, place)
        CROSS JOIN LATERAL json_each(given.context) WITH ORDINALITY AS member (key, value, place)
        GROUP BY member.key
    ) AS merged
$$;

-- Folds the events of one trade, in the order of their sequences, into a row of ledger.trades without its id; NULL if
-- no event opens the trade. An event that breaks a rule depends on a lost one, and is skipped. Runs with the rights of
-- its owner, because a reader, who has no right to the schema, calls it through trade_history_as_of. It reads only its
-- argument.
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
    value json;
    market_regime text;
    bull_confidence numeric;
    bear_confidence numeric;
    decision_confidence numeric;
    agent_votes json;
    signals json;
    contexts json[];
BEGIN
    FOREACH event IN ARRAY events LOOP
        amount := event.amount;
        IF status IS NULL THEN
            CONTINUE WHEN event.type <> 'trade.opened';
            opening := event;
            status := 'open';
            base := coalesce(substring(event.symbol FROM '^(.*)/'), substring(event.symbol FROM '^(.*)-'));
            quote := coalesce(event.quote, split_part(substr(event.symbol, length(base) + 2), ':', 1), '');
        ELSE
            CONTINUE WHEN status = 'voided' OR event.type = 'trade.opened'
                OR event.occurred_at < opening.occurred_at;
            IF event.type IN ('trade.increased', 'trade.reduced', 'trade.closed') THEN
                CONTINUE WHEN status = 'closed';
                IF event.type = 'trade.closed' THEN
                    IF event.dust = 'rest' THEN
                        amount := coalesce(amount, open_amount);
                    ELSE
                        amount := coalesce(amount, open_amount - coalesce(event.dust::numeric, 0));
                        CONTINUE WHEN amount < 0 OR amount + coalesce(event.dust::numeric, 0) <> open_amount;
                    END IF;
                END IF;
                CONTINUE WHEN event.type <> 'trade.increased' AND amount > open_amount;
            END IF;
        END IF;

        IF event.type IN ('trade.opened', 'trade.increased') THEN
            entry_amount := entry_amount + amount;
            entry_value := entry_value + amount * event.price;
            entry_price := CASE WHEN entry_price <> event.price THEN 'NaN' ELSE event.price END;
            open_amount := open_amount + amount;
        ELSIF event.type IN ('trade.reduced', 'trade.closed') THEN
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
            ELSE
                open_amount := open_amount - amount;
            END IF;
        ELSIF event.type = 'trade.adjusted' THEN
            adjustments := adjustments + event.cost;
        ELSIF event.type = 'trade.voided' THEN
            status := 'voided';
        END IF;

        IF event.fee_cost IS NOT NULL THEN
            IF event.fee_quote_cost IS NOT NULL THEN
                fees := fees + event.fee_quote_cost;
            ELSIF event.fee_currency IS NULL OR event.fee_currency = quote THEN
                fees := fees + event.fee_cost;
            ELSIF event.fee_currency = base AND base <> '' THEN
                fees := fees + event.fee_cost * event.price;
            ELSE
                fees_incomplete := true;
            END IF;
            IF event.fee_currency = base AND base <> '' THEN
                base_fees := base_fees + event.fee_cost;
                base_fee_value := base_fee_value + coalesce(
                    event.fee_quote_cost,
                    event.fee_cost * CASE event.fee_currency WHEN quote THEN 1 ELSE event.price END
                );
            END IF;
        END IF;

        IF event.reason IS NOT NULL AND event.type IN ('trade.closed', 'trade.voided') THEN
            reason := event.reason;
        END IF;

        IF event.context IS NOT NULL THEN
            value := event.context -> 'market_regime';
            IF value IS NOT NULL THEN
                market_regime := CASE WHEN json_typeof(value) = 'string' THEN value #>> '{}' END;
            END IF;
            value := event.context -> 'bull_confidence';
            IF value IS NOT NULL THEN
                bull_confidence := ledger.context_number(value);
            END IF;
            value := event.context -> 'bear_confidence';
            IF value IS NOT NULL THEN
                bear_confidence := ledger.context_number(value);
            END IF;
            value := event.context -> 'decision_confidence';
            IF value IS NOT NULL THEN
                decision_confidence := ledger.context_number(value);
            END IF;
            value := event.context -> 'agent_votes';
            IF value IS NOT NULL THEN
                agent_votes := ledger.context_document(value);
            END IF;
            value := event.context -> 'signals';
            IF value IS NOT NULL THEN
                signals := ledger.context_document(value);
            END IF;
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
        market_regime,
        bull_confidence,
        bear_confidence,
        decision_confidence,
        agent_votes,
        signals,
        status = 'closed' AND realized_pnl > 0,
        opening.sequence,
        last_sequence,
        opening.recorded_at,
        last_recorded_at,
        ledger.merged_context(contexts)
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
        fold.context::jsonb AS context
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
        GROUP BY event.ledger_id, event.trade_id, event.id
    ) AS known
    CROSS JOIN LATERAL ledger.fold_trade(known.events) AS fold
    WHERE fold.status <> 'voided';
END;

COMMENT ON FUNCTION ledger.quotient(numeric, numeric, numeric) IS
    'dividend / divisor as a multiple of unit, half-even, such as 1e-18 for 18 decimals.';
COMMENT ON FUNCTION ledger.is_numeric(text) IS
    'Whether a number of JSON fits numeric.';
COMMENT ON FUNCTION ledger.context_number(json) IS
    'A value of a context as numeric; NULL if it is not a number, or does not fit numeric.';
COMMENT ON FUNCTION ledger.context_value(json) IS
    'A value of a context as the context of a trade shows it; null where it holds a number beyond numeric.';
COMMENT ON FUNCTION ledger.merged_context(json[]) IS
    'All keys of some contexts in one object; the value of the latest context that holds the key.';
COMMENT ON FUNCTION ledger.context_document(json) IS
    'A value of a context as a document; NULL if it is neither object nor array, or if a number does not fit numeric.';
COMMENT ON FUNCTION ledger.fold_trade(ledger.trade_events[]) IS
    'Folds the events of one trade into a row of ledger.trades without its id; an independent check of the fold.';
COMMENT ON FUNCTION public.trade_history_as_of(timestamptz) IS
    'trade_history as known at a moment, from the events recorded up to and including it. Reads all of history, or, '
    'with a condition on trade_id, only the events of that trade.';
