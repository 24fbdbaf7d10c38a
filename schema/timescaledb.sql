-- Makes ledger.trade_events and public.price_data hypertables in chunks of seven days, each with a columnstore for its
-- older chunks: those of events have to be older than the longest planned outage. If the database has the extension,
-- every run of `migrate` applies this file after the migrations: the extension can arrive long after the first rows,
-- which are then moved into chunks. Existing settings stay, so that options of `migrate` keep their effect.
--
-- No event is ever dropped unless an operator asks for it: there is no retention policy for events. Candles can be
-- loaded again, and are dropped after a year.

DO $$
DECLARE
    extension_schema name := (
        SELECT pg_namespace.nspname
        FROM pg_extension
        JOIN pg_namespace ON pg_namespace.oid = pg_extension.extnamespace
        WHERE pg_extension.extname = 'timescaledb'
    );
    hypertable record;
BEGIN
    FOR hypertable IN
        SELECT settings.*, format('%I.%I', table_schema, table_name) AS name
        FROM (
            VALUES
                -- Measured on a million events, see docs/benchmarks.md.
                ('ledger', 'trade_events', 'recorded_at', 'ledger_id', 'sequence', INTERVAL '45 days', NULL),
                ('public', 'price_data', 'timestamp', 'symbol, venue, timeframe', 'timestamp', INTERVAL '7 days',
                    INTERVAL '365 days')
        ) AS settings (
            table_schema, table_name, time_column, segment_columns, order_columns, columnstore_age, retained_age
        )
    LOOP
        IF NOT EXISTS (
            SELECT FROM timescaledb_information.hypertables
            WHERE hypertable_schema = hypertable.table_schema AND hypertable_name = hypertable.table_name
        ) THEN
            -- No batch may be running: create_hypertable does not move rows into chunks that are stored while it waits
            -- for the table, and no query finds such rows.
            LOCK TABLE ledger.replication IN EXCLUSIVE MODE;
            EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', hypertable.name);
            EXECUTE format(
                $statement$
                SELECT %1$I.create_hypertable(
                    %2$L,
                    %1$I.by_range(%3$L, INTERVAL '7 days'),
                    -- The default indexes would add a B-tree on the time beside the indexes of the table.
                    create_default_indexes => false,
                    migrate_data => true
                )
                $statement$,
                extension_schema,
                hypertable.name,
                hypertable.time_column
            );
        END IF;

        -- The edition of the extension under the Apache licence has none of the following.
        CONTINUE WHEN current_setting('timescaledb.license', true) IS DISTINCT FROM 'timescale';

        IF NOT EXISTS (
            SELECT FROM timescaledb_information.hypertables
            WHERE hypertable_schema = hypertable.table_schema AND hypertable_name = hypertable.table_name
              AND compression_enabled
        ) THEN
            EXECUTE format(
                $statement$
                ALTER TABLE %s SET (
                    timescaledb.compress,
                    timescaledb.compress_segmentby = %L,
                    timescaledb.compress_orderby = %L
                )
                $statement$,
                hypertable.name,
                hypertable.segment_columns,
                hypertable.order_columns
            );
            EXECUTE format(
                $statement$
                SELECT %I.add_compression_policy(
                    %L,
                    INTERVAL %L,
                    -- Not at once, because a catch-up often follows.
                    initial_start => now() + INTERVAL '1 hour'
                )
                $statement$,
                extension_schema,
                hypertable.name,
                hypertable.columnstore_age
            );
            IF hypertable.retained_age IS NOT NULL THEN
                EXECUTE format(
                    'SELECT %I.add_retention_policy(%L, INTERVAL %L, initial_start => now() + INTERVAL ''1 hour'')',
                    extension_schema,
                    hypertable.name,
                    hypertable.retained_age
                );
            END IF;
        END IF;
    END LOOP;
END
$$;
