-- The events of each trade. The row of ledger.trades has the range of sequences, so the primary key of trade_events
-- finds the events of a trade without an index on trade_id.
--
-- ledger.timeline is a plain join, which reads many trades in one pass. public.trade_timeline looks up each trade by
-- itself, because the columnstore can skip chunks and batches only if it knows the range when it starts to read: a join
-- for one trade reads all columns of history. Neither is good at the work of the other, and PostgreSQL cannot choose
-- between them. So public.all_trade_events offers the plain join to those who read many trades.

CREATE OR REPLACE VIEW ledger.timeline AS
SELECT
    event.ledger_id,
    trade.trade_id,
    event.sequence,
    event.recorded_at,
    event.occurred_at,
    event.type,
    event.amount,
    event.price,
    event.fee_cost AS fee,
    event.reason,
    event.context,
    trade.id,
    coalesce(event.event_id, ledger.event_id(event.ledger_id, event.sequence, event.recorded_at)) AS event_id,
    -- generated: other fields of the timeline
    event.correlation_id,
    event.symbol,
    event.quote,
    event.side,
    event.order_type,
    event.fee_currency,
    event.fee_quote_cost,
    event.dust,
    event.kind,
    event.cost,
    event.strategy,
    event.account,
    event.venue,
    event.exchange_order_id,
    event.fill_id,
    event.tag,
    event.order_id,
    event.decision_id,
    event.actor,
    event.causation_id,
    -- end of other fields of the timeline
    trade.status
FROM ledger.visible_trades AS trade
JOIN ledger.trade_events AS event
  ON event.ledger_id = trade.ledger_id
 AND event.sequence BETWEEN trade.first_sequence AND trade.last_sequence
 AND event.recorded_at BETWEEN trade.first_recorded_at AND trade.last_recorded_at
 AND event.subject = trade.trade_id
 AND event.type ^@ 'trade.';

CREATE OR REPLACE VIEW public.trade_timeline AS
SELECT
    trade.ledger_id,
    trade.trade_id,
    event.sequence,
    event.recorded_at,
    event.occurred_at,
    event.type,
    event.amount,
    event.price,
    event.fee_cost AS fee,
    event.reason,
    event.context,
    trade.id,
    coalesce(event.event_id, ledger.event_id(event.ledger_id, event.sequence, event.recorded_at)) AS event_id,
    -- generated: fields of one timeline
    event.correlation_id,
    event.symbol,
    event.quote,
    event.side,
    event.order_type,
    event.fee_currency,
    event.fee_quote_cost,
    event.dust,
    event.kind,
    event.cost,
    event.strategy,
    event.account,
    event.venue,
    event.exchange_order_id,
    event.fill_id,
    event.tag,
    event.order_id,
    event.decision_id,
    event.actor,
    event.causation_id
    -- end of fields of one timeline
FROM ledger.visible_trades AS trade
CROSS JOIN LATERAL (
    SELECT *
    FROM ledger.trade_events AS event
    WHERE event.ledger_id = trade.ledger_id
      AND event.sequence BETWEEN trade.first_sequence AND trade.last_sequence
      AND event.recorded_at BETWEEN trade.first_recorded_at AND trade.last_recorded_at
      AND event.subject = trade.trade_id
      AND event.type ^@ 'trade.'
    -- Keeps PostgreSQL from making a join of it.
    OFFSET 0
) AS event
WHERE trade.status <> 'voided';

CREATE OR REPLACE VIEW public.all_trade_events AS
SELECT
    ledger_id,
    trade_id,
    sequence,
    recorded_at,
    occurred_at,
    type,
    amount,
    price,
    fee,
    reason,
    context,
    id,
    event_id,
    -- generated: fields of the timeline
    correlation_id,
    symbol,
    quote,
    side,
    order_type,
    fee_currency,
    fee_quote_cost,
    dust,
    kind,
    cost,
    strategy,
    account,
    venue,
    exchange_order_id,
    fill_id,
    tag,
    order_id,
    decision_id,
    actor,
    causation_id
    -- end of fields of the timeline
FROM ledger.timeline
WHERE status <> 'voided';

COMMENT ON VIEW ledger.timeline IS
    'One row per event of a trade, also of a voided one, with the status of the trade, for trade_history_as_of.';
COMMENT ON VIEW public.trade_timeline IS
    'One row per event of a trade that is not voided, for queries of one trade or a few. Order by ledger_id, sequence.';
COMMENT ON VIEW public.all_trade_events IS
    'The rows of trade_timeline, for queries of many trades. Order by ledger_id, sequence.';
COMMENT ON COLUMN public.trade_timeline.ledger_id IS
    'The ledger that the trade belongs to.';
COMMENT ON COLUMN public.trade_timeline.trade_id IS
    'The trade; unique in the ledger.';
COMMENT ON COLUMN public.trade_timeline.sequence IS
    'The place of the event in its ledger.';
COMMENT ON COLUMN public.trade_timeline.recorded_at IS
    'When the ledger recorded the event, by its own clock; never less than for the previous event.';
COMMENT ON COLUMN public.trade_timeline.occurred_at IS
    'When it happened at the venue.';
COMMENT ON COLUMN public.trade_timeline.type IS
    'What happened, such as trade.opened.';
COMMENT ON COLUMN public.trade_timeline.amount IS
    'How much was traded, in the base currency; NULL on a close means all that was open, less dust.';
COMMENT ON COLUMN public.trade_timeline.price IS
    'The price of one unit of the base currency, in the quote currency.';
COMMENT ON COLUMN public.trade_timeline.fee IS
    'The fee of the fill, in the currency in which it was charged; negative is a rebate.';
COMMENT ON COLUMN public.trade_timeline.reason IS
    'Why it was done.';
COMMENT ON COLUMN public.trade_timeline.context IS
    'What the producer knew at the time: a JSON object, kept byte for byte.';
COMMENT ON COLUMN public.trade_timeline.id IS
    'The id that the trade has in trade_history.';

COMMENT ON COLUMN public.trade_timeline.event_id IS
    'Identifies the event to its producer, who may send it again with the same id; a UUIDv7 if the ledger made it.';

DO $$
DECLARE
    shown record;
BEGIN
    FOR shown IN
        SELECT view_column.attname AS name, col_description(table_column.attrelid, table_column.attnum) AS meaning
        FROM pg_attribute AS view_column
        JOIN pg_attribute AS table_column
          ON table_column.attrelid = 'ledger.trade_events'::regclass AND table_column.attname = view_column.attname
        WHERE view_column.attrelid = 'public.trade_timeline'::regclass AND view_column.attnum > 13
    LOOP
        EXECUTE format('COMMENT ON COLUMN public.trade_timeline.%I IS %L', shown.name, shown.meaning);
    END LOOP;

    FOR shown IN
        SELECT attname AS name, col_description(attrelid, attnum) AS meaning
        FROM pg_attribute
        WHERE attrelid = 'public.trade_timeline'::regclass AND attnum > 0
    LOOP
        EXECUTE format('COMMENT ON COLUMN public.all_trade_events.%I IS %L', shown.name, shown.meaning);
    END LOOP;
END
$$;
