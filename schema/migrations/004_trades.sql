-- The projection behind the public views: one row a trade, as the fold of its events leaves it.
--
-- The columns that an index holds, or that its condition names, stay the same from open to close, so that a trade
-- which only grows, shrinks or pays fees is updated in place (HOT) and touches none of the indexes.

CREATE TABLE ledger.trades (
    ledger_id           uuid        NOT NULL,
    -- Compared by bytes: queries only test ids for equality, and an upgrade of the operating system's
    -- collations then cannot damage the index.
    trade_id            text        COLLATE "C" NOT NULL,
    id                  bigint      NOT NULL,
    symbol              text        COLLATE "C" NOT NULL,
    side                text        NOT NULL,
    order_type          text        NOT NULL,
    status              text        NOT NULL CHECK (status IN ('open', 'closed', 'voided')),
    amount              numeric     NOT NULL,
    open_amount         numeric     NOT NULL,
    entry_price         numeric     NOT NULL,
    exit_price          numeric,
    realized_pnl        numeric     NOT NULL,
    pnl_pct             numeric     NOT NULL,
    fees                numeric     NOT NULL,
    adjustments         numeric     NOT NULL,
    fees_incomplete     boolean     NOT NULL,
    quote               text        NOT NULL,
    strategy            text,
    tag                 text,
    account             text,
    venue               text,
    reason              text,
    decision_id         text,
    opened_at           timestamptz NOT NULL,
    closed_at           timestamptz,
    market_regime       text,
    bull_confidence     numeric,
    bear_confidence     numeric,
    decision_confidence numeric,
    agent_votes         json,
    signals             json,
    won                 boolean     NOT NULL CHECK (status = 'closed' OR NOT won),
    first_sequence      bigint      NOT NULL,
    last_sequence       bigint      NOT NULL,
    first_recorded_at   timestamptz NOT NULL,
    last_recorded_at    timestamptz NOT NULL,

    -- The trade comes first: programs that know of one ledger only ask for a trade by its id alone.
    PRIMARY KEY (trade_id, ledger_id),

    -- Object mappers identify a row by it.
    UNIQUE (id)
)
-- Room on each page for the next version of a row.
WITH (fillfactor = 90);

-- The latest trades, newest first.
CREATE INDEX trades_opened_at ON ledger.trades (opened_at);

-- The trades of one symbol between two times.
CREATE INDEX trades_symbol ON ledger.trades (symbol, opened_at);

-- The open trades, which are few among many; public.ledger_status counts them by ledger. The condition lets in the
-- voided ones too, which are fewer still, because then it serves both "status = 'open'" and "NOT closed".
CREATE INDEX trades_open ON ledger.trades (ledger_id, opened_at) WHERE status <> 'closed';

-- The trades closed last, and those closed on a day. A trade enters it once, when it closes.
CREATE INDEX trades_closed_at ON ledger.trades (closed_at) WHERE status = 'closed';

COMMENT ON TABLE ledger.trades IS
    'One row a trade, voided ones included: the fold of its events. It can be dropped and built again from them.';
