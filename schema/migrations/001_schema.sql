-- The list of the migrations that the database has.

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
