-- Every event of every ledger, append-only. A row rebuilds its event bit for bit, so each field has its own column,
-- an absent field is NULL, and the context is json, which keeps its text, rather than jsonb, which does not.
--
-- The order of the columns is that of the binary COPY. Indexes beside these two are dear on the one table that
-- every event passes through: trades are looked up in ledger.trades, which knows where their events are.

CREATE TABLE ledger.trade_events (
    ledger_id         uuid        NOT NULL,
    sequence          bigint      NOT NULL,
    recorded_at       timestamptz NOT NULL,
    format            smallint    NOT NULL,
    event_id          uuid        NOT NULL,
    type              text        NOT NULL,
    -- Compared by bytes, as in ledger.trades.
    trade_id          text        COLLATE "C" NOT NULL,
    occurred_at       timestamptz NOT NULL,
    correlation_id    text,
    symbol            text,
    quote             text,
    side              text,
    order_type        text,
    amount            numeric,
    price             numeric,
    fee_cost          numeric,
    fee_currency      text,
    fee_quote_cost    numeric,
    dust              text,
    kind              text,
    cost              numeric,
    strategy          text,
    account           text,
    venue             text,
    exchange_order_id text,
    fill_id           text,
    reason            text,
    actor             text,
    context           json,

    -- The partition column has to be in the key. The lock on the ledger's row of ledger.replication is what keeps
    -- one sequence from being stored at two times.
    PRIMARY KEY (ledger_id, sequence, recorded_at)
);

-- Rows arrive in the order of recorded_at, which is where BRIN finds a time range at next to no cost.
CREATE INDEX trade_events_recorded_at ON ledger.trade_events USING brin (recorded_at);

COMMENT ON TABLE ledger.trade_events IS
    'Every event of every ledger, append-only. A row rebuilds its event bit for bit; an absent field is NULL.';
COMMENT ON COLUMN ledger.trade_events.ledger_id IS
    'The ledger that the event belongs to.';
COMMENT ON COLUMN ledger.trade_events.sequence IS
    'The place of the event in its ledger: 1, 2, 3 and so on, with no gap.';
COMMENT ON COLUMN ledger.trade_events.recorded_at IS
    'When the ledger recorded the event, by its own clock, which never goes back; microseconds. "As of" means this.';
COMMENT ON COLUMN ledger.trade_events.format IS
    'The version of the binary encoding that the event has in the log.';
COMMENT ON COLUMN ledger.trade_events.event_id IS
    'Identifies the event to its producer, who may send it again with the same id.';
COMMENT ON COLUMN ledger.trade_events.type IS
    'What happened, such as trade.opened.';
COMMENT ON COLUMN ledger.trade_events.trade_id IS
    'The trade that it happened to; unique in the ledger.';
COMMENT ON COLUMN ledger.trade_events.occurred_at IS
    'When it happened at the venue; events of a trade can arrive out of this order.';
COMMENT ON COLUMN ledger.trade_events.correlation_id IS
    'The id under which logs of other programs speak of the same thing.';
COMMENT ON COLUMN ledger.trade_events.symbol IS
    'The instrument, such as BTC/USDT; only on an open.';
COMMENT ON COLUMN ledger.trade_events.quote IS
    'The currency of prices and costs where the open names it; ledger.trades has it for every trade.';
COMMENT ON COLUMN ledger.trade_events.side IS
    'buy or sell; only on an open.';
COMMENT ON COLUMN ledger.trade_events.order_type IS
    'The kind of order, such as market or limit; only on an open.';
COMMENT ON COLUMN ledger.trade_events.amount IS
    'How much was traded, in the base currency, exact; NULL on a close means all that was open, less dust.';
COMMENT ON COLUMN ledger.trade_events.price IS
    'Quote currency for one unit of the base currency, exact.';
COMMENT ON COLUMN ledger.trade_events.fee_cost IS
    'The fee of this fill, in fee_currency; negative is a rebate.';
COMMENT ON COLUMN ledger.trade_events.fee_currency IS
    'The currency of fee_cost; NULL means the quote currency.';
COMMENT ON COLUMN ledger.trade_events.fee_quote_cost IS
    'The value of the fee in the quote currency where the producer gave it.';
COMMENT ON COLUMN ledger.trade_events.dust IS
    'What a close writes off: an amount in the base currency as a decimal, or rest for whatever stays open.';
COMMENT ON COLUMN ledger.trade_events.kind IS
    'What an adjustment is for: funding, interest, fee, rebate or other.';
COMMENT ON COLUMN ledger.trade_events.cost IS
    'The amount of an adjustment in the quote currency; positive was received, negative was paid.';
COMMENT ON COLUMN ledger.trade_events.strategy IS
    'The strategy that opened the trade; only on an open.';
COMMENT ON COLUMN ledger.trade_events.account IS
    'The account that the trade is on; only on an open.';
COMMENT ON COLUMN ledger.trade_events.venue IS
    'The exchange or broker of the trade; only on an open.';
COMMENT ON COLUMN ledger.trade_events.exchange_order_id IS
    'The id that the venue gave the order.';
COMMENT ON COLUMN ledger.trade_events.fill_id IS
    'The id that the venue gave the fill; an event is recorded once a trade and fill.';
COMMENT ON COLUMN ledger.trade_events.reason IS
    'Why it was done.';
COMMENT ON COLUMN ledger.trade_events.actor IS
    'Who did it.';
COMMENT ON COLUMN ledger.trade_events.context IS
    'What the producer knew at the time: a JSON object, kept byte for byte.';
