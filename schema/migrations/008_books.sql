-- The tables that the program folds besides trades: orders, balances, positions, prices, halts and flows of capital.
-- Texts are compared by bytes. A position or a balance that nothing moves any more keeps its row, which no view shows.

ALTER TABLE ledger.trades ADD COLUMN opened_during_halt boolean NOT NULL DEFAULT false;

CREATE TABLE ledger.orders (
    ledger_id         uuid    NOT NULL,
    order_id          text    COLLATE "C" NOT NULL,
    origin            text    NOT NULL,
    symbol            text    COLLATE "C",
    side              text,
    order_type        text,
    amount            numeric,
    quote_amount      numeric,
    price             numeric,
    stop_price        numeric,
    time_in_force     text,
    reduce_only       boolean,
    status            text    NOT NULL,
    filled_amount     numeric,
    average_price     numeric,
    fees              numeric,
    anomaly           text,
    exchange_order_id text,
    trade_id          text    COLLATE "C",
    decision_id       text,
    strategy          text,
    account           text,
    venue             text,
    reason            text,
    submitted_at      timestamptz,
    ended_at          timestamptz,
    first_sequence    bigint  NOT NULL,
    last_sequence     bigint  NOT NULL,
    PRIMARY KEY (order_id, ledger_id)
)
WITH (fillfactor = 90);

-- What may be live at the venue: few among many.
CREATE INDEX orders_live ON ledger.orders (ledger_id, submitted_at)
WHERE ended_at IS NULL AND status <> 'filled';

-- The orders of one trade.
CREATE INDEX orders_trade ON ledger.orders (trade_id) WHERE trade_id IS NOT NULL;

CREATE TABLE ledger.balances (
    ledger_id   uuid    NOT NULL,
    account     text    COLLATE "C" NOT NULL,
    currency    text    COLLATE "C" NOT NULL,
    deposited   numeric,
    withdrawn   numeric,
    transferred numeric,
    adjusted    numeric,
    traded      numeric,
    fees        numeric,
    amount      numeric,
    observed    numeric,
    observed_at timestamptz,
    difference  numeric,
    sources     bigint  NOT NULL,
    incomplete  boolean NOT NULL,
    PRIMARY KEY (ledger_id, account, currency)
)
WITH (fillfactor = 50);

CREATE TABLE ledger.positions (
    ledger_id   uuid       NOT NULL,
    account     text       COLLATE "C" NOT NULL,
    venue       text       COLLATE "C",
    symbol      text       COLLATE "C" NOT NULL,
    side        text       COLLATE "C" NOT NULL,
    quote       text       COLLATE "C" NOT NULL,
    amount      numeric,
    entry_price numeric,
    cost        numeric,
    trades      bigint   NOT NULL,
    CONSTRAINT positions_key UNIQUE NULLS NOT DISTINCT (ledger_id, account, venue, symbol, side, quote)
)
WITH (fillfactor = 50);

CREATE TABLE ledger.prices (
    ledger_id   uuid        NOT NULL,
    symbol      text        COLLATE "C" NOT NULL,
    price       numeric     NOT NULL,
    observed_at timestamptz NOT NULL,
    sequence    bigint      NOT NULL,
    PRIMARY KEY (ledger_id, symbol)
)
WITH (fillfactor = 50);

CREATE TABLE ledger.halts (
    ledger_id      uuid        NOT NULL,
    scope          text        COLLATE "C" NOT NULL,
    halted_at      timestamptz NOT NULL,
    resumed_at     timestamptz,
    reason         text,
    actor          text,
    resumed_by     text,
    first_sequence bigint      NOT NULL,
    last_sequence  bigint      NOT NULL,
    PRIMARY KEY (ledger_id, first_sequence)
);

CREATE TABLE ledger.capital_flows (
    ledger_id   uuid        NOT NULL,
    account     text        COLLATE "C" NOT NULL,
    currency    text        COLLATE "C" NOT NULL,
    occurred_at timestamptz NOT NULL,
    kind        text        NOT NULL,
    amount      numeric     NOT NULL,
    sequence    bigint      NOT NULL,
    PRIMARY KEY (ledger_id, sequence, account)
);

COMMENT ON TABLE ledger.orders IS
    'One row an order: what was intended, and what became of it. It can be dropped and built again from the events.';
COMMENT ON TABLE ledger.balances IS
    'One row an account and currency: what moved it, and what the venue reported.';
COMMENT ON TABLE ledger.positions IS
    'The open trades of one account, venue, symbol, side and quote currency, added up.';
COMMENT ON TABLE ledger.prices IS
    'The last price of each symbol.';
COMMENT ON TABLE ledger.halts IS
    'One row a halt.';
COMMENT ON TABLE ledger.capital_flows IS
    'What came to the accounts and left them other than by trades; a transfer has two rows.';
COMMENT ON COLUMN ledger.orders.ledger_id IS 'The ledger.';
COMMENT ON COLUMN ledger.balances.ledger_id IS 'The ledger.';
COMMENT ON COLUMN ledger.positions.ledger_id IS 'The ledger.';
COMMENT ON COLUMN ledger.prices.ledger_id IS 'The ledger.';
COMMENT ON COLUMN ledger.halts.ledger_id IS 'The ledger.';
COMMENT ON COLUMN ledger.capital_flows.ledger_id IS 'The ledger.';
