-- Makes continuous aggregates of the views that count or add up rows by time, if the database has TimescaleDB. Each has
-- the name, the columns and the comments of the view that it replaces.

DO $$
DECLARE
    extension_schema name := (
        SELECT pg_namespace.nspname
        FROM pg_extension
        JOIN pg_namespace ON pg_namespace.oid = pg_extension.extnamespace
        WHERE pg_extension.extname = 'timescaledb'
    );
    price_query CONSTANT text := $query$
        SELECT symbol, venue, timeframe, %1$I.time_bucket(INTERVAL %2$L, "timestamp") AS bucket,
            (array_agg(open ORDER BY "timestamp"))[1] AS open,
            max(high) AS high,
            min(low) AS low,
            (array_agg(close ORDER BY "timestamp" DESC))[1] AS close,
            sum(volume) AS volume
        FROM public.price_data
        GROUP BY 1, 2, 3, 4
        $query$;
    aggregate record;
    comments text[];
    comment text;
BEGIN
    -- The edition of the extension under the Apache licence has none, and plain PostgreSQL has no extension.
    IF current_setting('timescaledb.license', true) IS DISTINCT FROM 'timescale' OR extension_schema IS NULL THEN
        RETURN;
    END IF;

    FOR aggregate IN
        SELECT settings.*, format('%I.%I', view_schema, view_name) AS name
        FROM (
            VALUES
                ('ledger', 'events_hourly', INTERVAL '1 hour', INTERVAL '1 hour', $query$
                    SELECT ledger_id, %1$I.time_bucket(INTERVAL %2$L, recorded_at) AS hour, type, count(*) AS events
                    FROM ledger.trade_events
                    GROUP BY 1, 2, 3
                    $query$),
                ('public', 'price_data_hourly', INTERVAL '1 hour', INTERVAL '10 minutes', price_query),
                ('public', 'price_data_daily', INTERVAL '1 day', INTERVAL '10 minutes', price_query)
        ) AS settings (view_schema, view_name, bucket_width, refresh_interval, query)
        WHERE NOT EXISTS (
            SELECT FROM timescaledb_information.continuous_aggregates AS present
            WHERE present.view_schema = settings.view_schema AND present.view_name = settings.view_name
        )
    LOOP
        comments := ARRAY(
            SELECT CASE objsubid
                WHEN 0 THEN format('COMMENT ON VIEW %s IS %L', aggregate.name, description)
                ELSE format('COMMENT ON COLUMN %s.%I IS %L', aggregate.name, attname, description)
            END
            FROM pg_description
            LEFT JOIN pg_attribute ON attrelid = objoid AND attnum = objsubid
            WHERE objoid = aggregate.name::regclass AND classoid = 'pg_class'::regclass
        );
        EXECUTE format('DROP VIEW %s', aggregate.name);
        -- A query computes the buckets itself that are not materialized yet.
        EXECUTE format(
            'CREATE MATERIALIZED VIEW %s WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS '
            '%s WITH NO DATA',
            aggregate.name,
            format(aggregate.query, extension_schema, aggregate.bucket_width)
        );
        -- From the beginning, because rows of old buckets arrive after an outage, or from a file. Only buckets that
        -- changed are computed again.
        EXECUTE format(
            $statement$
            SELECT %I.add_continuous_aggregate_policy(
                %L,
                start_offset => NULL,
                end_offset => INTERVAL %L,
                schedule_interval => INTERVAL %L,
                initial_start => now() + INTERVAL %4$L
            )
            $statement$,
            extension_schema,
            aggregate.name,
            aggregate.bucket_width,
            aggregate.refresh_interval
        );
        FOREACH comment IN ARRAY comments LOOP
            EXECUTE comment;
        END LOOP;
    END LOOP;
END
$$;
