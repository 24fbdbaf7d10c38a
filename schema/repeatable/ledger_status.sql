-- How far each ledger has got. Cheap enough to be polled: sequences have no gap, so the last one is the number of the
-- events, and the open trades are counted in an index that holds little else.

CREATE OR REPLACE VIEW public.ledger_status AS
SELECT
    replication.ledger_id,
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
    'How far each ledger has got in this database, one row a ledger.';
COMMENT ON COLUMN public.ledger_status.ledger_id IS
    'The ledger.';
COMMENT ON COLUMN public.ledger_status.last_sequence IS
    'The sequence of the last event stored here; 0 before any.';
COMMENT ON COLUMN public.ledger_status.last_recorded_at IS
    'When the ledger recorded that event, by its own clock; NULL before any.';
COMMENT ON COLUMN public.ledger_status.replicated_at IS
    'When the last batch was stored, by the clock of the database server.';
COMMENT ON COLUMN public.ledger_status.events IS
    'How many events are stored here.';
COMMENT ON COLUMN public.ledger_status.open_trades IS
    'How many trades are open.';
