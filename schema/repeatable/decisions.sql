-- Decisions with what their trades brought, predictions, models, strategies and alerts as views for people.

CREATE OR REPLACE VIEW public.decisions AS
SELECT
    decision.ledger_id,
    decision.decision_id,
    decision.action,
    decision.symbol,
    decision.strategy,
    decision.confidence,
    decision.status,
    decision.reason,
    decision.actor,
    coalesce(outcome.trades, 0) AS trades,
    outcome.net_pnl,
    decision.context,
    decision.occurred_at,
    decision.first_sequence,
    decision.last_sequence
FROM ledger.visible_decisions AS decision
LEFT JOIN (
    SELECT
        kept.ledger_id,
        kept.decision_id,
        sum(kept.trades)::bigint AS trades,
        CASE count(*) WHEN 1 THEN max(kept.net_pnl) END AS net_pnl
    FROM ledger.visible_decision_outcomes AS kept
    WHERE kept.trades > 0
    GROUP BY kept.ledger_id, kept.decision_id
) AS outcome USING (ledger_id, decision_id);

CREATE OR REPLACE VIEW public.ml_predictions AS
SELECT
    ledger_id, prediction_id, model, model_version, model_hash, features_hash, symbol, target, horizon_seconds, value,
    label, reference, confidence, decision_id, latency_microseconds, predicted_at, resolved_at, resolved_value,
    resolved_label, error, correct
FROM ledger.visible_predictions;

CREATE OR REPLACE VIEW public.model_performance AS
SELECT * FROM ledger.visible_model_performance;

CREATE OR REPLACE VIEW public.model_calibration AS
SELECT * FROM ledger.visible_model_calibration;

CREATE OR REPLACE VIEW public.strategies AS
SELECT
    ledger_id, strategy, strategy_version, parameters_hash, parameters, active, registered_at, retired_at
FROM ledger.visible_strategies;

CREATE OR REPLACE VIEW public.alerts AS
SELECT
    ledger_id, alert_id, severity, title, category, symbol, order_id, strategy, status, raised_at, acknowledged_at,
    acknowledged_by, resolved_at
FROM ledger.visible_alerts;

COMMENT ON VIEW public.decisions IS
    'One row per decision, with what the trades that name it have realized so far.';
COMMENT ON VIEW public.ml_predictions IS
    'One row per prediction: what a model said, and what came true.';
COMMENT ON VIEW public.model_performance IS
    'How good each version of a model is.';
COMMENT ON VIEW public.model_calibration IS
    'How often each version of a model is right, by tenth of confidence.';
COMMENT ON VIEW public.strategies IS
    'One row per strategy: its last registration, and whether it runs.';
COMMENT ON VIEW public.alerts IS
    'One row per alert, from raised to resolved.';

-- The columns of the views get the comments of the columns of their tables.
DO $$
DECLARE
    shown record;
BEGIN
    FOR shown IN
        SELECT view_column.attrelid::regclass AS view, view_column.attname AS name,
               col_description(table_column.attrelid, table_column.attnum) AS meaning
        FROM (
            VALUES ('public.decisions'::regclass, 'ledger.decision_outcomes'::regclass),
                   ('public.decisions'::regclass, 'ledger.decisions'::regclass),
                   ('public.ml_predictions'::regclass, 'ledger.predictions'::regclass),
                   ('public.model_performance'::regclass, 'ledger.model_performance'::regclass),
                   ('public.model_calibration'::regclass, 'ledger.model_calibration'::regclass),
                   ('public.strategies'::regclass, 'ledger.strategies'::regclass),
                   ('public.alerts'::regclass, 'ledger.alerts'::regclass)
        ) AS pair (view, source)
        JOIN pg_attribute AS view_column ON view_column.attrelid = pair.view
        JOIN pg_attribute AS table_column
          ON table_column.attrelid = pair.source AND table_column.attname = view_column.attname
        WHERE view_column.attnum > 0 AND table_column.attnum > 0
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', shown.view, shown.name, shown.meaning);
    END LOOP;
END
$$;

COMMENT ON COLUMN public.decisions.decision_id IS
    'The id that the producer gave the decision; unique in the ledger.';
COMMENT ON COLUMN public.decisions.net_pnl IS
    'What the trades have realized so far; NULL without trades, and across several quote currencies.';
