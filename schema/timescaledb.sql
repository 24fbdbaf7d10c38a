-- Makes ledger.trade_events a hypertable, in chunks of seven days. Applied after the migrations wherever the database
-- has the extension, at every run: the extension can arrive long after the first events, and they move into chunks.

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
END
$$;
