-- The rows that a reader may see: those of the ledgers that ledger.reader_ledgers names for it, or all rows if it names
-- none. Every public view reads these views, not the tables. The login decides, not the current role: a login can
-- change its role with SET ROLE, with a setting, or by calling another role's function, but only a superuser can change
-- its session_user. A login that may read the tables sees all. No batch stored rows after the position of their ledger,
-- or rows of a ledger without a position: somebody planted them, and no view shows them.
--
-- `tradeledger migrate --separate-readers on` makes these views, and ledger.timeline, security barriers.

CREATE OR REPLACE VIEW ledger.reader_limits AS
SELECT ledger_id
FROM ledger.reader_ledgers
WHERE pg_has_role(session_user, reader, 'MEMBER')
  AND NOT has_table_privilege(session_user, 'ledger.trades'::regclass, 'SELECT');

CREATE OR REPLACE VIEW ledger.visible_trades AS
SELECT *
FROM ledger.trades AS trade
WHERE EXISTS (
    SELECT FROM ledger.replication AS known
    WHERE known.ledger_id = trade.ledger_id AND known.last_sequence >= trade.last_sequence
)
AND (
    NOT EXISTS (SELECT FROM ledger.reader_limits)
    OR ledger_id IN (SELECT ledger_id FROM ledger.reader_limits)
);

CREATE OR REPLACE VIEW ledger.visible_performance AS
SELECT *
FROM ledger.performance AS total
WHERE EXISTS (SELECT FROM ledger.replication AS known WHERE known.ledger_id = total.ledger_id)
AND (
    NOT EXISTS (SELECT FROM ledger.reader_limits)
    OR ledger_id IN (SELECT ledger_id FROM ledger.reader_limits)
);

CREATE OR REPLACE VIEW ledger.visible_replication AS
SELECT *
FROM ledger.replication
WHERE NOT EXISTS (SELECT FROM ledger.reader_limits)
   OR ledger_id IN (SELECT ledger_id FROM ledger.reader_limits);

CREATE OR REPLACE VIEW ledger.visible_orders AS
SELECT *
FROM ledger.orders AS kept
WHERE EXISTS (
    SELECT FROM ledger.replication AS known
    WHERE known.ledger_id = kept.ledger_id AND known.last_sequence >= kept.last_sequence
)
AND (
    NOT EXISTS (SELECT FROM ledger.reader_limits)
    OR ledger_id IN (SELECT ledger_id FROM ledger.reader_limits)
);

CREATE OR REPLACE VIEW ledger.visible_balances AS
SELECT *
FROM ledger.balances AS kept
WHERE EXISTS (
    SELECT FROM ledger.replication AS known
    WHERE known.ledger_id = kept.ledger_id
)
AND (
    NOT EXISTS (SELECT FROM ledger.reader_limits)
    OR ledger_id IN (SELECT ledger_id FROM ledger.reader_limits)
);

CREATE OR REPLACE VIEW ledger.visible_positions AS
SELECT *
FROM ledger.positions AS kept
WHERE EXISTS (
    SELECT FROM ledger.replication AS known
    WHERE known.ledger_id = kept.ledger_id
)
AND (
    NOT EXISTS (SELECT FROM ledger.reader_limits)
    OR ledger_id IN (SELECT ledger_id FROM ledger.reader_limits)
);

CREATE OR REPLACE VIEW ledger.visible_prices AS
SELECT *
FROM ledger.prices AS kept
WHERE EXISTS (
    SELECT FROM ledger.replication AS known
    WHERE known.ledger_id = kept.ledger_id AND known.last_sequence >= kept.sequence
)
AND (
    NOT EXISTS (SELECT FROM ledger.reader_limits)
    OR ledger_id IN (SELECT ledger_id FROM ledger.reader_limits)
);

CREATE OR REPLACE VIEW ledger.visible_halts AS
SELECT *
FROM ledger.halts AS kept
WHERE EXISTS (
    SELECT FROM ledger.replication AS known
    WHERE known.ledger_id = kept.ledger_id AND known.last_sequence >= kept.last_sequence
)
AND (
    NOT EXISTS (SELECT FROM ledger.reader_limits)
    OR ledger_id IN (SELECT ledger_id FROM ledger.reader_limits)
);

CREATE OR REPLACE VIEW ledger.visible_capital_flows AS
SELECT *
FROM ledger.capital_flows AS kept
WHERE EXISTS (
    SELECT FROM ledger.replication AS known
    WHERE known.ledger_id = kept.ledger_id AND known.last_sequence >= kept.sequence
)
AND (
    NOT EXISTS (SELECT FROM ledger.reader_limits)
    OR ledger_id IN (SELECT ledger_id FROM ledger.reader_limits)
);

CREATE OR REPLACE VIEW ledger.visible_decisions AS
SELECT *
FROM ledger.decisions AS kept
WHERE EXISTS (
    SELECT FROM ledger.replication AS known
    WHERE known.ledger_id = kept.ledger_id AND known.last_sequence >= kept.last_sequence
)
AND (
    NOT EXISTS (SELECT FROM ledger.reader_limits)
    OR ledger_id IN (SELECT ledger_id FROM ledger.reader_limits)
);

CREATE OR REPLACE VIEW ledger.visible_decision_outcomes AS
SELECT *
FROM ledger.decision_outcomes AS kept
WHERE EXISTS (
    SELECT FROM ledger.replication AS known
    WHERE known.ledger_id = kept.ledger_id
)
AND (
    NOT EXISTS (SELECT FROM ledger.reader_limits)
    OR ledger_id IN (SELECT ledger_id FROM ledger.reader_limits)
);

CREATE OR REPLACE VIEW ledger.visible_predictions AS
SELECT *
FROM ledger.predictions AS kept
WHERE EXISTS (
    SELECT FROM ledger.replication AS known
    WHERE known.ledger_id = kept.ledger_id AND known.last_sequence >= kept.last_sequence
)
AND (
    NOT EXISTS (SELECT FROM ledger.reader_limits)
    OR ledger_id IN (SELECT ledger_id FROM ledger.reader_limits)
);

CREATE OR REPLACE VIEW ledger.visible_model_performance AS
SELECT *
FROM ledger.model_performance AS kept
WHERE EXISTS (
    SELECT FROM ledger.replication AS known
    WHERE known.ledger_id = kept.ledger_id
)
AND (
    NOT EXISTS (SELECT FROM ledger.reader_limits)
    OR ledger_id IN (SELECT ledger_id FROM ledger.reader_limits)
);

CREATE OR REPLACE VIEW ledger.visible_model_calibration AS
SELECT *
FROM ledger.model_calibration AS kept
WHERE EXISTS (
    SELECT FROM ledger.replication AS known
    WHERE known.ledger_id = kept.ledger_id
)
AND (
    NOT EXISTS (SELECT FROM ledger.reader_limits)
    OR ledger_id IN (SELECT ledger_id FROM ledger.reader_limits)
);

CREATE OR REPLACE VIEW ledger.visible_strategies AS
SELECT *
FROM ledger.strategies AS kept
WHERE EXISTS (
    SELECT FROM ledger.replication AS known
    WHERE known.ledger_id = kept.ledger_id AND known.last_sequence >= kept.last_sequence
)
AND (
    NOT EXISTS (SELECT FROM ledger.reader_limits)
    OR ledger_id IN (SELECT ledger_id FROM ledger.reader_limits)
);

CREATE OR REPLACE VIEW ledger.visible_alerts AS
SELECT *
FROM ledger.alerts AS kept
WHERE EXISTS (
    SELECT FROM ledger.replication AS known
    WHERE known.ledger_id = kept.ledger_id AND known.last_sequence >= kept.last_sequence
)
AND (
    NOT EXISTS (SELECT FROM ledger.reader_limits)
    OR ledger_id IN (SELECT ledger_id FROM ledger.reader_limits)
);

COMMENT ON VIEW ledger.reader_limits IS
    'The ledgers to which the login of this session is limited; empty if it sees all.';
COMMENT ON VIEW ledger.visible_trades IS
    'The rows of ledger.trades that the login of this session may see.';
COMMENT ON VIEW ledger.visible_performance IS
    'The rows of ledger.performance that the login of this session may see.';
COMMENT ON VIEW ledger.visible_replication IS
    'The rows of ledger.replication that the login of this session may see.';
COMMENT ON VIEW ledger.visible_orders IS
    'The rows of ledger.orders that the login of this session may see.';
COMMENT ON VIEW ledger.visible_balances IS
    'The rows of ledger.balances that the login of this session may see.';
COMMENT ON VIEW ledger.visible_positions IS
    'The rows of ledger.positions that the login of this session may see.';
COMMENT ON VIEW ledger.visible_prices IS
    'The rows of ledger.prices that the login of this session may see.';
COMMENT ON VIEW ledger.visible_halts IS
    'The rows of ledger.halts that the login of this session may see.';
COMMENT ON VIEW ledger.visible_capital_flows IS
    'The rows of ledger.capital_flows that the login of this session may see.';
COMMENT ON VIEW ledger.visible_decisions IS
    'The rows of ledger.decisions that the login of this session may see.';
COMMENT ON VIEW ledger.visible_decision_outcomes IS
    'The rows of ledger.decision_outcomes that the login of this session may see.';
COMMENT ON VIEW ledger.visible_predictions IS
    'The rows of ledger.predictions that the login of this session may see.';
COMMENT ON VIEW ledger.visible_model_performance IS
    'The rows of ledger.model_performance that the login of this session may see.';
COMMENT ON VIEW ledger.visible_model_calibration IS
    'The rows of ledger.model_calibration that the login of this session may see.';
COMMENT ON VIEW ledger.visible_strategies IS
    'The rows of ledger.strategies that the login of this session may see.';
COMMENT ON VIEW ledger.visible_alerts IS
    'The rows of ledger.alerts that the login of this session may see.';
