-- How far each ledger has got in this database. A batch locks the ledger's row, and moves it in the transaction that
-- stores the events and the projections it speaks of, so the position and the data roll back together.

CREATE TABLE ledger.replication (
    ledger_id          uuid        NOT NULL PRIMARY KEY,
    -- With sequences below 2^40 this bound keeps the ids of ledger.trades within bigint.
    ledger_number      integer     NOT NULL UNIQUE CHECK (ledger_number BETWEEN 0 AND 8388607),
    last_sequence      bigint      NOT NULL CHECK (last_sequence >= 0),
    root               bytea       NOT NULL CHECK (octet_length(root) = 32),
    last_recorded_at   timestamptz,
    replicated_at      timestamptz NOT NULL,
    projection_version integer     NOT NULL,

    -- The replicator that stored the last batch. Two copies of one ledger's directory that both go on claim the same
    -- ledger id; these columns then say which copy the database has its events from.
    replicated_by_host        text,
    replicated_by_version     text,
    replicated_from_directory text,
    ledger_name               text
);

COMMENT ON TABLE ledger.replication IS
    'How far each ledger has got in this database, one row a ledger.';
COMMENT ON COLUMN ledger.replication.ledger_id IS
    'The ledger.';
COMMENT ON COLUMN ledger.replication.ledger_number IS
    'A short name of the ledger within this database, in order of arrival: 0 for the first, then 1, 2 and so on.';
COMMENT ON COLUMN ledger.replication.last_sequence IS
    'The sequence of the last event stored here, which is also their number; 0 before any.';
COMMENT ON COLUMN ledger.replication.root IS
    'The Merkle tree root (RFC 6962, SHA-256, 32 bytes) over the events 1 to last_sequence.';
COMMENT ON COLUMN ledger.replication.last_recorded_at IS
    'The recorded_at of the event last_sequence; NULL before any.';
COMMENT ON COLUMN ledger.replication.replicated_at IS
    'When the last batch was stored, by the clock of the database server.';
COMMENT ON COLUMN ledger.replication.projection_version IS
    'The version of the fold that made the projection rows of the ledger; another one means that they need a rebuild.';
COMMENT ON COLUMN ledger.replication.replicated_by_host IS
    'The name of the machine whose replicator stored the last batch; NULL before the first batch.';
COMMENT ON COLUMN ledger.replication.replicated_by_version IS
    'The version of the program that stored the last batch; NULL before the first batch.';
COMMENT ON COLUMN ledger.replication.replicated_from_directory IS
    'The directory of the log that the last batch came from, on that machine; NULL before the first batch.';
COMMENT ON COLUMN ledger.replication.ledger_name IS
    'The name of the ledger for people when the replicator of the last batch connected; NULL where it had none.';

-- One row a batch, so that a log and a database which have parted find the last point that they share.
CREATE TABLE ledger.checkpoints (
    ledger_id uuid   NOT NULL,
    sequence  bigint NOT NULL CHECK (sequence > 0),
    root      bytea  NOT NULL CHECK (octet_length(root) = 32),
    -- Right after the checkpoint before it. The roots alone do not tell that a checkpoint between two others is
    -- missing; a hole between the batches does.
    first_sequence bigint NOT NULL CHECK (first_sequence BETWEEN 1 AND sequence),
    PRIMARY KEY (ledger_id, sequence)
);

COMMENT ON TABLE ledger.checkpoints IS
    'The Merkle tree root of each ledger after each batch.';
COMMENT ON COLUMN ledger.checkpoints.ledger_id IS
    'The ledger.';
COMMENT ON COLUMN ledger.checkpoints.sequence IS
    'The sequence of the last event of the batch.';
COMMENT ON COLUMN ledger.checkpoints.root IS
    'The Merkle tree root (RFC 6962, SHA-256, 32 bytes) over the events 1 to sequence.';
COMMENT ON COLUMN ledger.checkpoints.first_sequence IS
    'The sequence of the first event of the batch; of the oldest checkpoint of a ledger always 1.';
