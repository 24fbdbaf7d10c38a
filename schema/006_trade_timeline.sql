-- What happened to a trade, event by event. The row of ledger.trades says where the events are, so that a trade is
-- found by a range of the key of trade_events, with no index on trade_id there. A plain join rather than a lateral
-- subquery that would leave chunks out one trade at a time: reading the whole view then takes minutes, not a second.

CREATE VIEW public.trade_timeline AS
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
    event.context
FROM ledger.trades AS trade
JOIN ledger.trade_events AS event
  ON event.ledger_id = trade.ledger_id
 AND event.sequence BETWEEN trade.first_sequence AND trade.last_sequence
 AND event.recorded_at BETWEEN trade.first_recorded_at AND trade.last_recorded_at
 AND event.trade_id = trade.trade_id;

COMMENT ON VIEW public.trade_timeline IS
    'One row an event of a trade, voided trades included. Order by ledger_id, sequence.';
COMMENT ON COLUMN public.trade_timeline.ledger_id IS
    'The ledger that the trade belongs to.';
COMMENT ON COLUMN public.trade_timeline.trade_id IS
    'The trade; unique in the ledger.';
COMMENT ON COLUMN public.trade_timeline.sequence IS
    'The place of the event in its ledger.';
COMMENT ON COLUMN public.trade_timeline.recorded_at IS
    'When the ledger recorded the event, by its own clock, which never goes back.';
COMMENT ON COLUMN public.trade_timeline.occurred_at IS
    'When it happened at the venue.';
COMMENT ON COLUMN public.trade_timeline.type IS
    'What happened, such as trade.opened.';
COMMENT ON COLUMN public.trade_timeline.amount IS
    'How much was traded, in the base currency; NULL on a close means all that was open, less dust.';
COMMENT ON COLUMN public.trade_timeline.price IS
    'Quote currency for one unit of the base currency.';
COMMENT ON COLUMN public.trade_timeline.fee IS
    'The fee of the fill in the currency that it was charged in; negative is a rebate.';
COMMENT ON COLUMN public.trade_timeline.reason IS
    'Why it was done.';
COMMENT ON COLUMN public.trade_timeline.context IS
    'What the producer knew at the time: a JSON object, kept byte for byte.';
