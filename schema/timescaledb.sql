-- Makes ledger.trade_events a hypertable in chunks of seven days, with a columnstore for what is older than the longest
-- outage that is planned for, and ledger.events_hourly a continuous aggregate over it. Applied after the migrations
-- wherever the database has the extension, at every run: the extension can arrive long after the first events, and they
-- move into chunks. What is there already stays as it is, so that settings changed with `migrate` are kept.
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
    comments_of_hourly text[];
    comment_of_hourly text;
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

    IF to_regclass('ledger.events_hourly') IS NOT NULL AND NOT EXISTS (
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
        -- Hours that are not materialized yet are counted when they are asked for.
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
        -- From the beginning, because an outage delivers old hours.
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
        -- The job is the owner's; whoever may ask for it may have it run now, and nothing else.
        EXECUTE format(
            $statement$
            CREATE OR REPLACE FUNCTION ledger.refresh_events_hourly() RETURNS void
            LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
            AS $body$
                SELECT %1$I.alter_job(job_id, next_start => now())
                FROM timescaledb_information.jobs
                WHERE proc_name = 'policy_refresh_continuous_aggregate'
                  AND hypertable_schema = 'ledger' AND hypertable_name = 'events_hourly'
            $body$
            $statement$,
            extension_schema
        );
        -- It is the view in another form, and says of itself what that did.
        FOREACH comment_of_hourly IN ARRAY comments_of_hourly LOOP
            EXECUTE comment_of_hourly;
        END LOOP;
    END IF;
END
$$;
