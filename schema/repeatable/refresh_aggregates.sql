-- The replicator calls this after a catch-up, and `prices load` after a load: both add rows to hours and days that were
-- computed before. A view needs no refresh. The jobs of the continuous aggregates belong to the owner; a login that may
-- call this function can start these jobs, and can do nothing else to them.
CREATE OR REPLACE FUNCTION ledger.refresh_aggregates(source text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    extension_schema name := (
        SELECT pg_namespace.nspname
        FROM pg_extension
        JOIN pg_namespace ON pg_namespace.oid = pg_extension.extnamespace
        WHERE pg_extension.extname = 'timescaledb'
    );
BEGIN
    IF extension_schema IS NULL THEN
        RETURN;
    END IF;
    -- Any login that may create objects in that schema can add a function of this name that fits the call better.
    IF EXISTS (
        SELECT
        FROM pg_proc
        WHERE proname = 'alter_job' AND pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = extension_schema)
          AND NOT EXISTS (
              SELECT FROM pg_depend
              WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e'
          )
    ) THEN
        RAISE EXCEPTION 'a function alter_job in schema % is not one of TimescaleDB', extension_schema;
    END IF;
    EXECUTE format(
        $statement$
        SELECT %1$I.alter_job(job_id, next_start => now())
        FROM timescaledb_information.jobs
        JOIN timescaledb_information.continuous_aggregates
            ON (view_schema, view_name) = (jobs.hypertable_schema, jobs.hypertable_name)
        WHERE proc_name = 'policy_refresh_continuous_aggregate'
          AND continuous_aggregates.hypertable_schema || '.' || continuous_aggregates.hypertable_name = $1
          AND $1 IN ('ledger.trade_events', 'public.price_data')
        $statement$,
        extension_schema
    ) USING source;
END
$$;

COMMENT ON FUNCTION ledger.refresh_aggregates(text) IS
    'Starts jobs in the background that compute the hours and days again for which ledger.trade_events or '
    'public.price_data, whichever is named, got more rows.';
