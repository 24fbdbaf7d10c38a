-- Grants the rights of the roles. They make events append-only: the login of the replicator is a ledger_writer, never
-- the owner, and may insert events but not change them. The public views run with the rights of their owner.

REVOKE ALL ON FUNCTION ledger.refresh_aggregates(text) FROM PUBLIC;

DO $$
DECLARE
    public_views CONSTANT text :=
        'public.trade_history, public.open_trades, public.closed_trades, public.voided_trades, public.trade_timeline, '
        'public.all_trade_events, public.ledger_status, public.daily_performance, public.performance_by_symbol, '
        'public.performance_by_strategy, public.performance_by_tag, public.performance_by_regime, public.equity_curve, '
        'public.equity_daily, public.orders, public.positions, public.balances, public.capital_flows, '
        'public.portfolios, public.halts, public.decisions, public.ml_predictions, public.model_performance, '
        'public.model_calibration, public.strategies, public.alerts, public.price_data_hourly, public.price_data_daily';
BEGIN
    IF to_regrole('ledger_reader') IS NOT NULL THEN
        EXECUTE format('GRANT SELECT ON %s TO ledger_reader', public_views);
        -- trade_history_as_of reads it; without a right to the schema a reader cannot name it.
        GRANT SELECT ON ledger.timeline, ledger.visible_halts TO ledger_reader;
        GRANT SELECT ON public.price_data TO ledger_reader;
    END IF;

    IF to_regrole('ledger_writer') IS NOT NULL THEN
        EXECUTE format('GRANT SELECT ON %s TO ledger_writer', public_views);
        GRANT SELECT ON ledger.timeline, ledger.schema_migrations, ledger.writer_limits, ledger.writer_ledgers
            TO ledger_writer;
        GRANT EXECUTE ON FUNCTION ledger.refresh_aggregates(text) TO ledger_writer;
        GRANT SELECT, INSERT ON ledger.trade_events, ledger.checkpoints TO ledger_writer;
        GRANT SELECT, INSERT, UPDATE ON ledger.replication TO ledger_writer;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ledger.trades, ledger.performance, ledger.orders,
            ledger.balances, ledger.positions, ledger.prices, ledger.halts, ledger.capital_flows,
            ledger.decisions, ledger.decision_outcomes, ledger.predictions, ledger.model_performance,
            ledger.model_calibration, ledger.strategies, ledger.alerts TO ledger_writer;
        GRANT SELECT ON ledger.visible_halts TO ledger_writer;
        -- `prices load` adds candles, and replaces those that changed.
        GRANT SELECT, INSERT, UPDATE ON public.price_data TO ledger_writer;
    END IF;
END
$$;
