-- Creates schema ledger, in the transaction of the first migration.

DO $$
BEGIN
    IF current_setting('server_encoding') <> 'UTF8' THEN
        RAISE EXCEPTION 'database "%" is encoded in %, the ledger needs UTF8',
            current_database(), current_setting('server_encoding')
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Make one with: CREATE DATABASE name ENCODING ''UTF8'' TEMPLATE template0';
    END IF;
END
$$;

CREATE SCHEMA ledger;

COMMENT ON SCHEMA ledger IS
    'The tables of the trade ledger: events, projections and positions. People query schema public.';
