-- The position of each ledger in this database. Cheap enough to poll: sequences have no gap, so the last one is the
-- number of events, and an index that contains little else counts the open trades.

CREATE OR REPLACE VIEW public.ledger_status AS
SELECT
    replication.ledger_id,
    replication.ledger_name AS name,
    replication.last_sequence,
    replication.last_recorded_at,
    replication.replicated_at,
    replication.last_sequence AS events,
    coalesce(open.trades, 0) AS open_trades
FROM ledger.visible_replication AS replication
LEFT JOIN (
    SELECT ledger_id, count(*) AS trades
    FROM ledger.visible_trades
    WHERE status = 'open'
    GROUP BY ledger_id
) AS open USING (ledger_id);

COMMENT ON VIEW public.ledger_status IS
    'The position of each ledger in this database, one row per ledger.';
COMMENT ON COLUMN public.ledger_status.ledger_id IS
    'The ledger.';
COMMENT ON COLUMN public.ledger_status.name IS
    'The name that the ledger had for people when the replicator of its last batch connected; NULL where it had none.';
COMMENT ON COLUMN public.ledger_status.last_sequence IS
    'The sequence of the last event stored here; 0 before the first.';
COMMENT ON COLUMN public.ledger_status.last_recorded_at IS
    'When the ledger recorded that event, by its own clock; NULL before the first.';
COMMENT ON COLUMN public.ledger_status.replicated_at IS
    'When the last batch was stored, by the clock of the database server.';
COMMENT ON COLUMN public.ledger_status.events IS
    'How many events are stored here.';
COMMENT ON COLUMN public.ledger_status.open_trades IS
    'How many trades are open.';
