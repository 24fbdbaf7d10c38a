-- Makes ledger.trade_events a hypertable in chunks of seven days, with a columnstore for what is older than the longest
-- outage that is planned for. Applied after the migrations wherever the database has the extension, at every run: the
-- extension can arrive long after the first events, and they move into chunks. What is there already stays as it is, so
-- that settings changed with `migrate` are kept.
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
        -- No batch may be under way: rows that are stored while create_hypertable waits for the table are not moved
        -- into chunks, and no query finds them.
        LOCK TABLE ledger.replication IN EXCLUSIVE MODE;
        LOCK TABLE ledger.trade_events IN ACCESS EXCLUSIVE MODE;
        EXECUTE format(
            $statement$
            SELECT %1$I.create_hypertable(
                'ledger.trade_events',
                %1$I.by_range('recorded_at', INTERVAL '7 days'),
                -- They would add a B-tree on recorded_at beside the BRIN index.
                create_default_indexes => false,
                migrate_data => true
            )
            $statement$,
            extension_schema
        );
    END IF;

    -- What follows is not in the edition of the extension under the Apache licence.
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
                -- Not beside the catch-up that mostly follows.
                initial_start => now() + INTERVAL '1 hour'
            )
            $statement$,
            extension_schema
        );
    END IF;
END
$$;
