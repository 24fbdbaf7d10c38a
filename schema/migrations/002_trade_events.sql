-- Every event of every ledger, append-only. A row rebuilds its event bit for bit, so each field has its own column
-- or its place in details, an absent field is NULL, and documents are json, which keeps their text, rather than jsonb,
-- which does not.
--
-- The order of the columns is that of the binary COPY. Indexes beside these two are dear on the one table that
-- every event passes through: trades are looked up in ledger.trades, which knows where their events are.

CREATE TABLE ledger.trade_events (
    ledger_id         uuid        NOT NULL,
    sequence          bigint      NOT NULL,
    recorded_at       timestamptz NOT NULL,
    format            smallint    NOT NULL,
    -- NULL if the ledger made it: ledger.event_id computes it.
    event_id          uuid,
    type              text        NOT NULL,
    -- The id of what the event is about. Ids are compared by bytes, as in ledger.trades.
    subject           text        COLLATE "C",
    trade_id          text        COLLATE "C",
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
    tag               text,
    order_id          text,
    decision_id       text,
    reason            text,
    actor             text,
    causation_id      uuid,
    context           json,
    -- The fields of families that have no column of their own.
    details           json,

    -- The partition column has to be in the key. The lock on the ledger's row of ledger.replication is what keeps
    -- one sequence from being stored at two times.
    PRIMARY KEY (ledger_id, sequence, recorded_at)
);

-- Rows arrive in the order of recorded_at, so a small BRIN index finds a time range.
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
    'Identifies the event to its producer, who may send it again with the same id. NULL if the ledger made the id, '
    'which ledger.event_id(ledger_id, sequence, recorded_at) computes.';
COMMENT ON COLUMN ledger.trade_events.type IS
    'What happened, such as trade.opened.';
COMMENT ON COLUMN ledger.trade_events.subject IS
    'The id of what it happened to, such as a trade; the type names the kind. NULL where it is about nothing.';
COMMENT ON COLUMN ledger.trade_events.occurred_at IS
    'When it happened at the venue; events of a trade can arrive out of this order.';
COMMENT ON COLUMN ledger.trade_events.details IS
    'The fields that have no column of their own: a JSON object, kept byte for byte.';
