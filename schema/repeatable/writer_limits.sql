-- Which ledgers a login in ledger_writer may write: those that ledger.writer_ledgers has for it, and all where it has
-- none. As for readers, the login decides, and not the current role.
--
-- PostgreSQL takes no COPY into a table with row security, which is how events and trades arrive, so this holds for
-- positions and checkpoints alone. Rows that a login plants in the other tables are found by `verify`.

CREATE OR REPLACE VIEW ledger.writer_limits AS
SELECT ledger_id
FROM ledger.writer_ledgers
WHERE pg_has_role(session_user, writer, 'MEMBER');

COMMENT ON VIEW ledger.writer_limits IS
    'The ledgers whose position and checkpoints the login of this session may write; empty where it may write all.';

ALTER TABLE ledger.replication ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.checkpoints ENABLE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS reading ON ledger.replication;
CREATE POLICY reading ON ledger.replication FOR SELECT USING (true);
DROP POLICY IF EXISTS creating ON ledger.replication;
CREATE POLICY creating ON ledger.replication FOR INSERT
WITH CHECK (
    NOT EXISTS (SELECT FROM ledger.writer_limits)
    OR ledger_id IN (SELECT ledger_id FROM ledger.writer_limits)
);
DROP POLICY IF EXISTS moving ON ledger.replication;
CREATE POLICY moving ON ledger.replication FOR UPDATE
USING (
    NOT EXISTS (SELECT FROM ledger.writer_limits)
    OR ledger_id IN (SELECT ledger_id FROM ledger.writer_limits)
);

DROP POLICY IF EXISTS reading ON ledger.checkpoints;
CREATE POLICY reading ON ledger.checkpoints FOR SELECT USING (true);
DROP POLICY IF EXISTS creating ON ledger.checkpoints;
CREATE POLICY creating ON ledger.checkpoints FOR INSERT
WITH CHECK (
    NOT EXISTS (SELECT FROM ledger.writer_limits)
    OR ledger_id IN (SELECT ledger_id FROM ledger.writer_limits)
);
