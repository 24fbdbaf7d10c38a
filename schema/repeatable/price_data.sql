-- What the columns of public.price_data say.

COMMENT ON TABLE public.price_data IS
    'One row a candle: how the price of an instrument moved in one period. `tradeledger prices load` loads it from '
    'files. It is data about markets and not part of any ledger: verify does not check its rows, and rebuild does not '
    'touch them.';
COMMENT ON COLUMN public.price_data.symbol IS
    'The instrument, such as BTC/USDT.';
COMMENT ON COLUMN public.price_data.venue IS
    'The exchange where it was traded at these prices; empty where the file and the command name none.';
COMMENT ON COLUMN public.price_data."timestamp" IS
    'When the period begins.';
COMMENT ON COLUMN public.price_data.timeframe IS
    'How long the period is, as exchanges write it: 1m, 5m, 1h, 1d.';
COMMENT ON COLUMN public.price_data.open IS
    'The first price of the period, in the quote currency of the symbol.';
COMMENT ON COLUMN public.price_data.high IS
    'The highest price of the period.';
COMMENT ON COLUMN public.price_data.low IS
    'The lowest price of the period.';
COMMENT ON COLUMN public.price_data.close IS
    'The last price of the period; of a period that has not ended, the last one so far.';
COMMENT ON COLUMN public.price_data.volume IS
    'How much was traded in the period, as the source counts it: mostly in the base currency.';
