-- Who stored the last batch. Two copies of one ledger's directory that both go on claim the same ledger id; whoever
-- finds such a fork then learns which copy the database has its events from.

ALTER TABLE ledger.replication
    ADD COLUMN replicated_by_host        text,
    ADD COLUMN replicated_by_version     text,
    ADD COLUMN replicated_from_directory text;

COMMENT ON COLUMN ledger.replication.replicated_by_host IS
    'The name of the machine whose replicator stored the last batch; NULL before the first one that told it.';
COMMENT ON COLUMN ledger.replication.replicated_by_version IS
    'The version of the program that stored the last batch; NULL before the first one that told it.';
COMMENT ON COLUMN ledger.replication.replicated_from_directory IS
    'The directory of the log that the last batch came from, on that machine; NULL before the first one that told it.';
