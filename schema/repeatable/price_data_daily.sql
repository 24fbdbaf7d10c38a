-- The candles of public.price_data by day. With TimescaleDB, continuous_aggregates.sql replaces this view by a
-- continuous aggregate of the same name and columns.

CREATE OR REPLACE VIEW public.price_data_daily AS
SELECT symbol, venue, timeframe, date_trunc('day', "timestamp", 'UTC') AS bucket,
    (array_agg(open ORDER BY "timestamp"))[1] AS open,
    max(high) AS high,
    min(low) AS low,
    (array_agg(close ORDER BY "timestamp" DESC))[1] AS close,
    sum(volume) AS volume
FROM public.price_data
GROUP BY symbol, venue, timeframe, bucket;

COMMENT ON VIEW public.price_data_daily IS
    'The candles of each series by day, one row per symbol, venue, timeframe and day that has candles. Candles of '
    'different timeframes are never added up: ask for one timeframe.';
COMMENT ON COLUMN public.price_data_daily.symbol IS
    'The instrument.';
COMMENT ON COLUMN public.price_data_daily.venue IS
    'The exchange; empty where none was named.';
COMMENT ON COLUMN public.price_data_daily.timeframe IS
    'The timeframe of the candles that were added up.';
COMMENT ON COLUMN public.price_data_daily.bucket IS
    'The beginning of the day, in UTC.';
COMMENT ON COLUMN public.price_data_daily.open IS
    'The open of the first candle that begins in the day.';
COMMENT ON COLUMN public.price_data_daily.high IS
    'The highest price.';
COMMENT ON COLUMN public.price_data_daily.low IS
    'The lowest price.';
COMMENT ON COLUMN public.price_data_daily.close IS
    'The close of the last candle that begins in the day.';
COMMENT ON COLUMN public.price_data_daily.volume IS
    'The sum of the volumes.';
