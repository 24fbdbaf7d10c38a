-- The candles that `tradeledger prices load` loads: data about markets, which no event says, and which belongs to no
-- ledger. It is in schema public because people query it as it is.
--
-- The candles of one series, of a symbol, a venue and a timeframe, lie next to each other in the key.

CREATE TABLE public.price_data (
    symbol      text        COLLATE "C" NOT NULL,
    venue       text        COLLATE "C" NOT NULL,
    "timestamp" timestamptz NOT NULL,
    timeframe   text        COLLATE "C" NOT NULL,
    open        numeric     NOT NULL,
    high        numeric     NOT NULL,
    low         numeric     NOT NULL,
    close       numeric     NOT NULL,
    volume      numeric     NOT NULL,
    PRIMARY KEY (symbol, venue, timeframe, "timestamp")
);
