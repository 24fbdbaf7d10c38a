-- The schema of the machinery, and the list of the migrations that the database has.

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
    'The machinery of the trade ledger: events, projections and how far they have got. People query schema public.';

CREATE TABLE ledger.schema_migrations (
    number     integer     NOT NULL PRIMARY KEY,
    name       text        NOT NULL,
    checksum   bytea       NOT NULL CHECK (octet_length(checksum) = 32),
    applied_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE ledger.schema_migrations IS
    'The migrations that this database has, one row each, written in the transaction of the migration itself.';
COMMENT ON COLUMN ledger.schema_migrations.number IS
    'The number of the migration: 1, 2, 3 and so on, with no gap.';
COMMENT ON COLUMN ledger.schema_migrations.name IS
    'The name of its file without the number and the extension, such as trade_events.';
COMMENT ON COLUMN ledger.schema_migrations.checksum IS
    'SHA-256 of the file that was applied: a released migration is never edited.';
COMMENT ON COLUMN ledger.schema_migrations.applied_at IS
    'When the migration was applied, by the clock of the database server.';
