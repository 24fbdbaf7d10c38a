-- The replicator calls this after a catch-up, which adds events to hours that were counted before. A view needs no
-- refresh. The job of a continuous aggregate belongs to the owner; a login that may call this function can start the
-- job, and can do nothing else to it.
CREATE OR REPLACE FUNCTION ledger.refresh_events_hourly() RETURNS void
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
        WHERE proc_name = 'policy_refresh_continuous_aggregate'
          AND hypertable_schema = 'ledger' AND hypertable_name = 'events_hourly'
        $statement$,
        extension_schema
    );
END
$$;

COMMENT ON FUNCTION ledger.refresh_events_hourly() IS
    'Starts a job in the background that recounts the hours of ledger.events_hourly for which more events arrived.';
