-- Makes ledger.events_hourly a continuous aggregate if the database has TimescaleDB; the view of events_hourly.sql has
-- the same name and columns.

DO $$
DECLARE
    extension_schema name := (
        SELECT pg_namespace.nspname
        FROM pg_extension
        JOIN pg_namespace ON pg_namespace.oid = pg_extension.extnamespace
        WHERE pg_extension.extname = 'timescaledb'
    );
    comments_of_hourly text[];
    comment_of_hourly text;
BEGIN
    -- The edition of the extension under the Apache licence has none.
    IF current_setting('timescaledb.license', true) IS DISTINCT FROM 'timescale' THEN
        RETURN;
    END IF;

    IF NOT EXISTS (
        SELECT FROM timescaledb_information.continuous_aggregates
        WHERE view_schema = 'ledger' AND view_name = 'events_hourly'
    ) THEN
        comments_of_hourly := ARRAY(
            SELECT CASE objsubid
                WHEN 0 THEN format('COMMENT ON VIEW ledger.events_hourly IS %L', description)
                ELSE format('COMMENT ON COLUMN ledger.events_hourly.%I IS %L', attname, description)
            END
            FROM pg_description
            LEFT JOIN pg_attribute ON attrelid = objoid AND attnum = objsubid
            WHERE objoid = 'ledger.events_hourly'::regclass AND classoid = 'pg_class'::regclass
        );
        DROP VIEW ledger.events_hourly;
        -- A query counts hours that are not materialized yet.
        EXECUTE format(
            $statement$
            CREATE MATERIALIZED VIEW ledger.events_hourly
            WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
            SELECT ledger_id, %I.time_bucket(INTERVAL '1 hour', recorded_at) AS hour, type, count(*) AS events
            FROM ledger.trade_events
            GROUP BY 1, 2, 3
            WITH NO DATA
            $statement$,
            extension_schema
        );
        -- From the beginning, because events of old hours arrive after an outage.
        EXECUTE format(
            $statement$
            SELECT %I.add_continuous_aggregate_policy(
                'ledger.events_hourly',
                start_offset => NULL,
                end_offset => INTERVAL '1 hour',
                schedule_interval => INTERVAL '1 hour',
                initial_start => now() + INTERVAL '1 hour'
            )
            $statement$,
            extension_schema
        );
        -- It has the comments of the view that it replaces.
        FOREACH comment_of_hourly IN ARRAY comments_of_hourly LOOP
            EXECUTE comment_of_hourly;
        END LOOP;
    END IF;
END
$$;
