-- Limits a login in ledger_writer to the ledgers that ledger.writer_ledgers names for it; it may write all if that
-- names none. As for readers, the login decides, not the current role. Events and trades arrive by COPY, which
-- PostgreSQL does not allow into a table with row security, so the limit covers only positions and checkpoints.
-- `verify` finds rows that a login plants in the other tables.

CREATE OR REPLACE VIEW ledger.writer_limits AS
SELECT ledger_id
FROM ledger.writer_ledgers
WHERE pg_has_role(session_user, writer, 'MEMBER');

COMMENT ON VIEW ledger.writer_limits IS
    'The ledgers whose position and checkpoints the login of this session may write; empty if it may write all.';

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
