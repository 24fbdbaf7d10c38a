-- The projection behind the public views: one row a trade, as the fold of its events leaves it.
--
-- The columns that an index holds, or that its condition names, stay the same from open to close, so that a trade
-- which only grows, shrinks or pays fees is updated in place (HOT) and touches none of the indexes.

CREATE TABLE ledger.trades (
    ledger_id           uuid        NOT NULL,
    -- Compared by bytes: equality is all that is asked of an id, and an upgrade of the operating system's
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
    account             text,
    venue               text,
    reason              text,
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
COMMENT ON COLUMN ledger.trades.ledger_id IS
    'The ledger that the trade belongs to.';
COMMENT ON COLUMN ledger.trades.trade_id IS
    'The id that the producer gave the trade; unique in the ledger.';
COMMENT ON COLUMN ledger.trades.id IS
    'A number unique in the database: ledger_number of ledger.replication times 2^40, plus first_sequence.';
COMMENT ON COLUMN ledger.trades.symbol IS
    'The instrument, such as BTC/USDT.';
COMMENT ON COLUMN ledger.trades.side IS
    'buy or sell: the direction of the entry.';
COMMENT ON COLUMN ledger.trades.order_type IS
    'The kind of order that opened the trade, such as market or limit.';
COMMENT ON COLUMN ledger.trades.status IS
    'open, closed or voided; neither of the last two goes back to open.';
COMMENT ON COLUMN ledger.trades.amount IS
    'All that was entered, in the base currency, exact.';
COMMENT ON COLUMN ledger.trades.open_amount IS
    'What is still held, in the base currency, exact; 0 once closed.';
COMMENT ON COLUMN ledger.trades.entry_price IS
    'The average price of the entries, weighted by amount, in the quote currency; 18 decimals, half-even.';
COMMENT ON COLUMN ledger.trades.exit_price IS
    'The average price of the exits, weighted by amount, in the quote currency; NULL before any. 18 decimals.';
COMMENT ON COLUMN ledger.trades.realized_pnl IS
    'Profit of what has been closed, less fees, plus adjustments, in the quote currency.';
COMMENT ON COLUMN ledger.trades.pnl_pct IS
    'realized_pnl in per cent of the cost of what has been closed; 8 decimals, half-even. 0 while nothing is closed.';
COMMENT ON COLUMN ledger.trades.fees IS
    'All fees, in the quote currency; positive was paid, negative is a rebate.';
COMMENT ON COLUMN ledger.trades.adjustments IS
    'All adjustments, such as funding, in the quote currency; positive was received, negative was paid.';
COMMENT ON COLUMN ledger.trades.fees_incomplete IS
    'Whether a fee in some other currency is missing in fees, because its value in the quote currency is not known.';
COMMENT ON COLUMN ledger.trades.quote IS
    'The currency of prices, fees and profit; empty where neither the open nor the symbol names one.';
COMMENT ON COLUMN ledger.trades.strategy IS
    'The strategy that opened the trade.';
COMMENT ON COLUMN ledger.trades.account IS
    'The account that the trade is on.';
COMMENT ON COLUMN ledger.trades.venue IS
    'The exchange or broker of the trade.';
COMMENT ON COLUMN ledger.trades.reason IS
    'Why the trade was closed or voided.';
COMMENT ON COLUMN ledger.trades.opened_at IS
    'When the open happened at the venue.';
COMMENT ON COLUMN ledger.trades.closed_at IS
    'When the close happened at the venue; its UTC day is the day of the trade.';
COMMENT ON COLUMN ledger.trades.market_regime IS
    'market_regime of the context, such as trending or choppy; NULL where it is not a string.';
COMMENT ON COLUMN ledger.trades.bull_confidence IS
    'bull_confidence of the context; NULL where it is not a number, or one beyond the range of numeric.';
COMMENT ON COLUMN ledger.trades.bear_confidence IS
    'bear_confidence of the context; NULL where it is not a number, or one beyond the range of numeric.';
COMMENT ON COLUMN ledger.trades.decision_confidence IS
    'decision_confidence of the context; NULL where it is not a number, or one beyond the range of numeric.';
COMMENT ON COLUMN ledger.trades.agent_votes IS
    'agent_votes of the context; NULL where it is no object or array, or holds a number beyond the range of numeric.';
COMMENT ON COLUMN ledger.trades.signals IS
    'signals of the context; NULL where it is no object or array, or holds a number beyond the range of numeric.';
COMMENT ON COLUMN ledger.trades.won IS
    'Whether the trade is closed with a realized_pnl above 0.';
COMMENT ON COLUMN ledger.trades.first_sequence IS
    'The sequence of the open.';
COMMENT ON COLUMN ledger.trades.last_sequence IS
    'The sequence of the last event of the trade.';
COMMENT ON COLUMN ledger.trades.first_recorded_at IS
    'The recorded_at of the event first_sequence.';
COMMENT ON COLUMN ledger.trades.last_recorded_at IS
    'The recorded_at of the event last_sequence.';
