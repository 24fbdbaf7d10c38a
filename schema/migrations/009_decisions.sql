-- The tables that the program folds for decisions, predictions, models, strategies and alerts. Texts are compared by
-- bytes. What trades brought lies beside the decisions, so that an event of a trade does not write a decision's context
-- again.

CREATE TABLE ledger.decisions (
    ledger_id      uuid        NOT NULL,
    decision_id    text        COLLATE "C" NOT NULL,
    action         text        NOT NULL,
    symbol         text,
    strategy       text,
    confidence     numeric,
    status         text        NOT NULL,
    reason         text,
    actor          text,
    context        json,
    occurred_at    timestamptz NOT NULL,
    first_sequence bigint      NOT NULL,
    last_sequence  bigint      NOT NULL,
    PRIMARY KEY (decision_id, ledger_id)
);

CREATE TABLE ledger.decision_outcomes (
    ledger_id   uuid   NOT NULL,
    decision_id text   COLLATE "C" NOT NULL,
    quote       text   COLLATE "C" NOT NULL,
    trades      bigint NOT NULL,
    net_pnl     numeric,
    PRIMARY KEY (decision_id, quote, ledger_id)
)
WITH (fillfactor = 90);

CREATE TABLE ledger.predictions (
    ledger_id            uuid        NOT NULL,
    prediction_id        text        COLLATE "C" NOT NULL,
    model                text        COLLATE "C" NOT NULL,
    model_version        text        COLLATE "C",
    model_hash           text,
    features_hash        text,
    symbol               text,
    target               text,
    horizon_seconds      bigint,
    value                numeric,
    label                text,
    reference            numeric,
    confidence           numeric,
    decision_id          text        COLLATE "C",
    latency_microseconds bigint,
    predicted_at         timestamptz NOT NULL,
    resolved_at          timestamptz,
    resolved_value       numeric,
    resolved_label       text,
    error                numeric,
    correct              boolean,
    first_sequence       bigint      NOT NULL,
    last_sequence        bigint      NOT NULL,
    PRIMARY KEY (prediction_id, ledger_id)
)
WITH (fillfactor = 90);

-- What was known when a decision was made.
CREATE INDEX predictions_decision ON ledger.predictions (decision_id) WHERE decision_id IS NOT NULL;

CREATE TABLE ledger.model_performance (
    ledger_id           uuid   NOT NULL,
    model               text   COLLATE "C" NOT NULL,
    model_version       text   COLLATE "C",
    made                bigint NOT NULL,
    resolved            bigint NOT NULL,
    correct             bigint NOT NULL,
    mean_absolute_error numeric,
    mean_squared_error  numeric,
    CONSTRAINT model_performance_key UNIQUE NULLS NOT DISTINCT (ledger_id, model, model_version)
)
WITH (fillfactor = 50);

CREATE TABLE ledger.model_calibration (
    ledger_id       uuid   NOT NULL,
    model           text   COLLATE "C" NOT NULL,
    model_version   text   COLLATE "C",
    tenth           bigint NOT NULL,
    n               bigint NOT NULL,
    mean_confidence numeric,
    correct_share   numeric,
    CONSTRAINT model_calibration_key UNIQUE NULLS NOT DISTINCT (ledger_id, model, model_version, tenth)
)
WITH (fillfactor = 50);

CREATE TABLE ledger.strategies (
    ledger_id        uuid    NOT NULL,
    strategy         text    COLLATE "C" NOT NULL,
    strategy_version text,
    parameters_hash  text,
    parameters       json,
    active           boolean NOT NULL,
    registered_at    timestamptz,
    retired_at       timestamptz,
    last_sequence    bigint  NOT NULL,
    PRIMARY KEY (ledger_id, strategy)
);

CREATE TABLE ledger.alerts (
    ledger_id       uuid        NOT NULL,
    alert_id        text        COLLATE "C" NOT NULL,
    severity        text        NOT NULL,
    title           text        NOT NULL,
    category        text,
    symbol          text,
    order_id        text,
    strategy        text,
    status          text        NOT NULL,
    raised_at       timestamptz NOT NULL,
    acknowledged_at timestamptz,
    acknowledged_by text,
    resolved_at     timestamptz,
    first_sequence  bigint      NOT NULL,
    last_sequence   bigint      NOT NULL,
    PRIMARY KEY (alert_id, ledger_id)
)
WITH (fillfactor = 90);

COMMENT ON TABLE ledger.decisions IS
    'One row a decision. It can be dropped and built again from the events.';
COMMENT ON TABLE ledger.decision_outcomes IS
    'What the trades of one quote currency brought that name a decision.';
COMMENT ON TABLE ledger.predictions IS
    'One row a prediction: what a model said, and what came true.';
COMMENT ON TABLE ledger.model_performance IS
    'How good each version of a model is.';
COMMENT ON TABLE ledger.model_calibration IS
    'How often each version of a model is right, by tenth of confidence.';
COMMENT ON TABLE ledger.strategies IS
    'One row a strategy: its last registration, and whether it runs.';
COMMENT ON TABLE ledger.alerts IS
    'One row an alert.';
COMMENT ON COLUMN ledger.decisions.ledger_id IS 'The ledger.';
COMMENT ON COLUMN ledger.decision_outcomes.ledger_id IS 'The ledger.';
COMMENT ON COLUMN ledger.predictions.ledger_id IS 'The ledger.';
COMMENT ON COLUMN ledger.model_performance.ledger_id IS 'The ledger.';
COMMENT ON COLUMN ledger.model_calibration.ledger_id IS 'The ledger.';
COMMENT ON COLUMN ledger.strategies.ledger_id IS 'The ledger.';
COMMENT ON COLUMN ledger.alerts.ledger_id IS 'The ledger.';
