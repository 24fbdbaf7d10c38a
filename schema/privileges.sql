-- Who may do what. Applied after the migrations at every run, so that a role which an administrator makes later, or a
-- database restored on another server, gets its rights by running migrate again.
--
-- Append-only is enforced here: the login of the replicator is a ledger_writer, never the owner, and may insert
-- events but not change them. The public views run with the rights of their owner.

-- Roles belong to the whole server, and the owner of one database may not be allowed to make any.
DO $$
DECLARE
    role name;
BEGIN
    FOREACH role IN ARRAY ARRAY['ledger_writer', 'ledger_reader'] LOOP
        IF to_regrole(role) IS NULL THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role);
            EXCEPTION
                WHEN insufficient_privilege THEN
                    RAISE WARNING 'role % is missing and % may not make it', role, current_user
                        USING HINT = format('As an administrator: CREATE ROLE %I; then run migrate again.', role);
                WHEN duplicate_object OR unique_violation THEN
                    NULL; -- Made at this moment from another database of the server.
            END;
        END IF;
    END LOOP;
END
$$;

REVOKE ALL ON SCHEMA ledger FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger.refresh_events_hourly() FROM PUBLIC;

-- Rights on a hypertable go to each of its chunks: no batch may be making one meanwhile.
LOCK TABLE ledger.replication IN EXCLUSIVE MODE;

DO $$
DECLARE
    public_views CONSTANT text :=
        'public.trade_history, public.open_trades, public.closed_trades, public.trade_timeline, public.ledger_status, '
        'public.daily_performance, public.performance_by_symbol, public.performance_by_strategy, '
        'public.performance_by_regime, public.equity_curve';
BEGIN
    IF to_regrole('ledger_reader') IS NOT NULL THEN
        EXECUTE format('GRANT SELECT ON %s TO ledger_reader', public_views);
    END IF;

    IF to_regrole('ledger_writer') IS NOT NULL THEN
        EXECUTE format('GRANT SELECT ON %s TO ledger_writer', public_views);
        GRANT USAGE ON SCHEMA ledger TO ledger_writer;
        GRANT SELECT ON ledger.schema_migrations TO ledger_writer;
        GRANT EXECUTE ON FUNCTION ledger.refresh_events_hourly() TO ledger_writer;
        GRANT SELECT, INSERT ON ledger.trade_events, ledger.checkpoints TO ledger_writer;
        GRANT SELECT, INSERT, UPDATE ON ledger.replication TO ledger_writer;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ledger.trades, ledger.performance TO ledger_writer;

        -- A rebuild folds into a temporary table. Every login may make one unless the server's owner forbade it.
        IF NOT has_database_privilege('ledger_writer', current_database(), 'TEMPORARY') THEN
            EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO ledger_writer', current_database());
        END IF;
    END IF;
END
$$;
