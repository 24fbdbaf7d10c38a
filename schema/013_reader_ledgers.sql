-- Which ledgers a reader sees, for databases whose readers are not to see each other's: a login that is in
-- ledger.reader_ledgers sees the ledgers that it is there with and no other, one that is not there sees all. The public
-- views ask; trade_history_as_of and everything else that is public is made of them.
--
-- `tradeledger migrate --separate-readers on` then also keeps functions of a reader's own from seeing rows before the
-- view has left them out (security_barrier), which costs plans and is off unless it is asked for.

CREATE TABLE ledger.reader_ledgers (
    reader    name NOT NULL,
    ledger_id uuid NOT NULL,
    PRIMARY KEY (reader, ledger_id)
);

COMMENT ON TABLE ledger.reader_ledgers IS
    'The ledgers that a login may see in the public views; one that has no row here sees all.';
COMMENT ON COLUMN ledger.reader_ledgers.reader IS
    'The login.';
COMMENT ON COLUMN ledger.reader_ledgers.ledger_id IS
    'A ledger that it sees.';

DO $$
DECLARE
    name text;
    definition text;
    source text;
BEGIN
    FOR name, source IN
        SELECT *
        FROM (VALUES
            ('trade_history', 'trades'), ('trade_timeline', 'trade'), ('ledger_status', 'replication'),
            ('daily_performance', 'performance'), ('performance_by_symbol', 'performance'),
            ('performance_by_strategy', 'performance'), ('performance_by_regime', 'performance'),
            ('equity_curve', 'trades')
        ) AS views (name, source)
    LOOP
        definition := rtrim(pg_get_viewdef(format('public.%I', name)::regclass), ';');
        EXECUTE format(
            'CREATE OR REPLACE VIEW public.%1$I AS %2$s %3$s '
            '(NOT EXISTS (SELECT FROM ledger.reader_ledgers AS r WHERE r.reader = current_user) '
            'OR %4$I.ledger_id IN (SELECT r.ledger_id FROM ledger.reader_ledgers AS r WHERE r.reader = current_user))',
            name,
            definition,
            CASE WHEN definition ~ '\mWHERE\M' AND name <> 'ledger_status' THEN 'AND' ELSE 'WHERE' END,
            source
        );
    END LOOP;
END
$$;
