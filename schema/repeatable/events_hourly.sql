-- How many events each ledger recorded, by hour and type. With TimescaleDB, continuous_aggregates.sql replaces this
-- view by a continuous aggregate of the same name and columns.

CREATE OR REPLACE VIEW ledger.events_hourly AS
SELECT ledger_id, date_trunc('hour', recorded_at, 'UTC') AS hour, type, count(*) AS events
FROM ledger.trade_events
GROUP BY ledger_id, hour, type;

COMMENT ON VIEW ledger.events_hourly IS
    'How many events each ledger recorded, one row per ledger, hour and type of event.';
COMMENT ON COLUMN ledger.events_hourly.ledger_id IS
    'The ledger.';
COMMENT ON COLUMN ledger.events_hourly.hour IS
    'The beginning of the hour of recorded_at, in UTC.';
COMMENT ON COLUMN ledger.events_hourly.type IS
    'The type of the events, such as trade.opened.';
COMMENT ON COLUMN ledger.events_hourly.events IS
    'How many there are.';
