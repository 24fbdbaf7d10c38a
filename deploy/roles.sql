-- Creates the logins of a deployment for the current database, with passwords from files. An administrator of the
-- server runs it with psql. It can be run again: then it changes only the passwords.
--
--     psql --file=deploy/roles.sql --set=secrets=secrets postgresql://postgres@127.0.0.1:5437/tradingbot
-- `secrets` is the directory that tools/init-secrets created, by default /run/secrets. The user that runs psql must be
-- able to read it: docs/deployment.md says how to do that for the user postgres.

\set ON_ERROR_STOP on
-- The owner of the database may have made functions in public that take precedence over PostgreSQL's own.
SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false) \g /dev/null
SET standard_conforming_strings = on;
SET quote_all_identifiers = off;
\if :{?secrets}
\else
    \set secrets /run/secrets
\endif
\set owner_password `cat :'secrets'/owner_password`
\set writer_password `cat :'secrets'/writer_password`
\set reader_password `cat :'secrets'/reader_password`
SELECT '' NOT IN (:'owner_password', :'writer_password', :'reader_password') AS has_passwords \gset
\if :has_passwords
\else
    DO $$ BEGIN
        RAISE EXCEPTION 'a password is missing or cannot be read: run tools/init-secrets, set secrets to its '
            'directory, and run psql as a user who may read it';
    END $$;
\endif

-- Hides the notices that an object exists already.
SET client_min_messages = 'warning';
-- Keeps the statements below, which contain the passwords, out of the log.
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';

SELECT format('CREATE ROLE %I', role)
FROM unnest(ARRAY['ledger_writer', 'ledger_reader', 'tradeledger', 'replicator', 'dashboard']) AS role
WHERE to_regrole(role) IS NULL
\gexec
ALTER ROLE tradeledger LOGIN PASSWORD :'owner_password';
ALTER ROLE replicator LOGIN PASSWORD :'writer_password';
ALTER ROLE dashboard LOGIN PASSWORD :'reader_password';
GRANT ledger_writer TO replicator;
GRANT ledger_reader TO dashboard;

-- No other login may connect.
SELECT format('ALTER DATABASE %I OWNER TO tradeledger', current_database()) \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()) \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO ledger_writer, ledger_reader', current_database()) \gexec

-- The owner could create the extension, but not revoke its functions that check no right to a table.
SELECT 'CREATE EXTENSION IF NOT EXISTS timescaledb SCHEMA public'
WHERE EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')
  AND EXISTS (SELECT FROM pg_settings WHERE name = 'timescaledb.max_background_workers')
\gexec
SELECT format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', oid::regprocedure)
FROM pg_proc
WHERE pronamespace IN (to_regnamespace('_timescaledb_functions'), to_regnamespace('_timescaledb_internal'))
  AND proname IN ('drop_chunk', 'freeze_chunk', 'unfreeze_chunk', 'attach_osm_table_chunk', 'drop_osm_chunk')
\gexec
