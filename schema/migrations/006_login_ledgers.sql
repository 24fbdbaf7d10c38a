-- The ledgers of a login, for databases that several parties share: which ledgers a reader sees, and which ones a
-- replicator writes. A login without a row sees, or writes, all of them. A row of a group counts for its members.
--
-- Roles are kept by their number, so that a role that is renamed keeps its rows.

CREATE TABLE ledger.reader_ledgers (
    reader    regrole NOT NULL,
    ledger_id uuid    NOT NULL,
    PRIMARY KEY (reader, ledger_id)
);

CREATE TABLE ledger.writer_ledgers (
    writer    regrole NOT NULL,
    ledger_id uuid    NOT NULL,
    PRIMARY KEY (writer, ledger_id)
);

COMMENT ON TABLE ledger.reader_ledgers IS
    'The ledgers that a login sees in the public views; a login without a row sees all.';
COMMENT ON COLUMN ledger.reader_ledgers.reader IS
    'The login, or a group that it is a member of.';
COMMENT ON COLUMN ledger.reader_ledgers.ledger_id IS
    'A ledger that it sees.';
COMMENT ON TABLE ledger.writer_ledgers IS
    'The ledgers whose position and checkpoints a login in ledger_writer writes; a login without a row writes all.';
COMMENT ON COLUMN ledger.writer_ledgers.writer IS
    'The login, or a group that it is a member of.';
COMMENT ON COLUMN ledger.writer_ledgers.ledger_id IS
    'A ledger that it writes.';
