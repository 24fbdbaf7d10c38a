-- Makes ledger.trade_events a hypertable in chunks of seven days, with a columnstore for chunks that are older than the
-- longest planned outage. If the database has the extension, every run of `migrate` applies this file after the
-- migrations: the extension can arrive long after the first events, which are then moved into chunks. Existing settings
-- stay, so that options of `migrate` keep their effect.
--
-- No event is ever dropped unless an operator asks for it: there is no retention policy.

DO $$
DECLARE
    extension_schema name := (
        SELECT pg_namespace.nspname
        FROM pg_extension
        JOIN pg_namespace ON pg_namespace.oid = pg_extension.extnamespace
        WHERE pg_extension.extname = 'timescaledb'
    );
BEGIN
    IF NOT EXISTS (
        SELECT FROM timescaledb_information.hypertables
        WHERE hypertable_schema = 'ledger' AND hypertable_name = 'trade_events'
    ) THEN
        -- No batch may be running: create_hypertable does not move rows into chunks that are stored while it waits for
        -- the table, and no query finds such rows.
        LOCK TABLE ledger.replication IN EXCLUSIVE MODE;
        LOCK TABLE ledger.trade_events IN ACCESS EXCLUSIVE MODE;
        EXECUTE format(
            $statement$
            SELECT %1$I.create_hypertable(
                'ledger.trade_events',
                %1$I.by_range('recorded_at', INTERVAL '7 days'),
                -- The default indexes would add a B-tree on recorded_at beside the BRIN index.
                create_default_indexes => false,
                migrate_data => true
            )
            $statement$,
            extension_schema
        );
    END IF;

    -- The edition of the extension under the Apache licence has none of the following.
    IF current_setting('timescaledb.license', true) IS DISTINCT FROM 'timescale' THEN
        RETURN;
    END IF;

    IF NOT EXISTS (
        SELECT FROM timescaledb_information.hypertables
        WHERE hypertable_schema = 'ledger' AND hypertable_name = 'trade_events' AND compression_enabled
    ) THEN
        -- Measured on a million events, see docs/benchmarks.md.
        ALTER TABLE ledger.trade_events SET (
            timescaledb.compress,
            timescaledb.compress_segmentby = 'ledger_id',
            timescaledb.compress_orderby = 'sequence'
        );
        EXECUTE format(
            $statement$
            SELECT %I.add_compression_policy(
                'ledger.trade_events',
                INTERVAL '45 days',
                -- Not at once, because a catch-up often follows.
                initial_start => now() + INTERVAL '1 hour'
            )
            $statement$,
            extension_schema
        );
    END IF;
END
$$;
