-- What the columns of events and trades say. Written by tools/generate from the declarations in
-- Sources/TradeModel and Sources/Projections; edit those.

COMMENT ON COLUMN ledger.trade_events.correlation_id IS
    'The id under which other programs log the same thing.';
COMMENT ON COLUMN ledger.trade_events.symbol IS
    'The instrument, such as BTC/USDT.';
COMMENT ON COLUMN ledger.trade_events.quote IS
    'The currency of prices and costs; by default what follows the last / (else the last -) of symbol, up to a '
    'colon.';
COMMENT ON COLUMN ledger.trade_events.side IS
    'The direction of the entry: buy or sell; on input also long or short, in any case.';
COMMENT ON COLUMN ledger.trade_events.order_type IS
    'The kind of order, such as market, limit or stop.';
COMMENT ON COLUMN ledger.trade_events.amount IS
    'How much, above 0: in the base currency what was traded or is ordered, where a close without it takes all that '
    'is open, less dust; in currency what moved on an account, or any balance that was observed.';
COMMENT ON COLUMN ledger.trade_events.price IS
    'The quote currency for one unit of the base currency, above 0; 0 on a close of a trade whose reason is expired '
    'or written_off.';
COMMENT ON COLUMN ledger.trade_events.fee_cost IS
    'The fee of this fill, in fee_currency; negative is a rebate.';
COMMENT ON COLUMN ledger.trade_events.fee_currency IS
    'The currency of fee_cost; the quote currency where it is absent.';
COMMENT ON COLUMN ledger.trade_events.fee_quote_cost IS
    'The value of the fee in the quote currency, where the producer knows it.';
COMMENT ON COLUMN ledger.trade_events.dust IS
    'What a close writes off, in the base currency: a decimal of 0 or above, or rest for whatever stays open after '
    'amount.';
COMMENT ON COLUMN ledger.trade_events.kind IS
    'What an adjustment is for; that of a trade is for funding, interest, a fee, a rebate or other.';
COMMENT ON COLUMN ledger.trade_events.cost IS
    'The amount of an adjustment, in the quote currency of the trade or the currency of the account''s event; '
    'positive was received, negative was paid.';
COMMENT ON COLUMN ledger.trade_events.strategy IS
    'The strategy; for events of other families the one that decided.';
COMMENT ON COLUMN ledger.trade_events.account IS
    'The account that it happened on; default where it is absent.';
COMMENT ON COLUMN ledger.trade_events.venue IS
    'The exchange or broker.';
COMMENT ON COLUMN ledger.trade_events.exchange_order_id IS
    'The id that the venue gave the order.';
COMMENT ON COLUMN ledger.trade_events.fill_id IS
    'The id that the venue gave the fill; a trade records each fill once.';
COMMENT ON COLUMN ledger.trade_events.tag IS
    'Why the trade was entered: the name of the signal.';
COMMENT ON COLUMN ledger.trade_events.order_id IS
    'The order; for an event of a trade the one that led to it, which is not checked.';
COMMENT ON COLUMN ledger.trade_events.decision_id IS
    'The decision; for events of other families the one that led to them, which is not checked.';
COMMENT ON COLUMN ledger.trade_events.reason IS
    'Why it was done.';
COMMENT ON COLUMN ledger.trade_events.actor IS
    'Who did it.';
COMMENT ON COLUMN ledger.trade_events.causation_id IS
    'The event_id of the event that led to this one; not checked.';
COMMENT ON COLUMN ledger.trade_events.trade_id IS
    'The trade that it happened to; unique in the ledger.';
COMMENT ON COLUMN ledger.trade_events.context IS
    'What the producer knew at the time: a JSON object, kept byte for byte, at most 64 levels deep.';
COMMENT ON COLUMN ledger.trades.id IS
    'A number unique in the database: ledger_number of ledger.replication times 2^40, plus first_sequence.';
COMMENT ON COLUMN ledger.trades.ledger_id IS
    'The ledger that the trade belongs to.';
COMMENT ON COLUMN ledger.trades.trade_id IS
    'The id that the producer gave the trade; unique in the ledger.';
COMMENT ON COLUMN ledger.trades.symbol IS
    'The instrument, such as BTC/USDT.';
COMMENT ON COLUMN ledger.trades.side IS
    'buy or sell: the direction of the entry.';
COMMENT ON COLUMN ledger.trades.order_type IS
    'The kind of order that opened the trade, such as market or limit.';
COMMENT ON COLUMN ledger.trades.status IS
    'open, closed or voided; neither of the last two goes back to open.';
COMMENT ON COLUMN ledger.trades.amount IS
    'All that was entered, in the base currency, exact.';
COMMENT ON COLUMN ledger.trades.open_amount IS
    'What is still held, in the base currency, exact; 0 once closed.';
COMMENT ON COLUMN ledger.trades.entry_price IS
    'The average price of the entries, weighted by amount, in the quote currency; 18 decimals, half-even.';
COMMENT ON COLUMN ledger.trades.exit_price IS
    'The average price of the exits, weighted by amount, in the quote currency; NULL before any. 18 decimals.';
COMMENT ON COLUMN ledger.trades.fees IS
    'All fees, in the quote currency; positive was paid, negative is a rebate.';
COMMENT ON COLUMN ledger.trades.adjustments IS
    'All adjustments, such as funding, in the quote currency; positive was received, negative was paid.';
COMMENT ON COLUMN ledger.trades.realized_pnl IS
    'The profit on the closed amount, minus fees, plus adjustments, in the quote currency.';
COMMENT ON COLUMN ledger.trades.pnl_pct IS
    'realized_pnl as a percentage of the cost of the closed amount; 8 decimals, half-even. 0 before any close.';
COMMENT ON COLUMN ledger.trades.won IS
    'Whether the trade is closed with a realized_pnl above 0.';
COMMENT ON COLUMN ledger.trades.opened_at IS
    'When the open happened at the venue.';
COMMENT ON COLUMN ledger.trades.closed_at IS
    'When the close happened at the venue; its UTC day is the day of the trade.';
COMMENT ON COLUMN ledger.trades.strategy IS
    'The strategy that opened the trade.';
COMMENT ON COLUMN ledger.trades.tag IS
    'Why the trade was entered: the name of the signal.';
COMMENT ON COLUMN ledger.trades.account IS
    'The account that the trade is on.';
COMMENT ON COLUMN ledger.trades.venue IS
    'The exchange or broker of the trade.';
COMMENT ON COLUMN ledger.trades.reason IS
    'Why the trade was closed or voided.';
COMMENT ON COLUMN ledger.trades.quote IS
    'The currency of prices, fees and profit; empty where neither the open nor the symbol names one.';
COMMENT ON COLUMN ledger.trades.fees_incomplete IS
    'Whether a fee in some other currency is missing in fees, because its value in the quote currency is not known.';
COMMENT ON COLUMN ledger.trades.decision_id IS
    'The decision that led to the open.';
COMMENT ON COLUMN ledger.trades.context IS
    'All keys of the trade''s contexts, the value of the latest; null where it holds a number beyond numeric.';
COMMENT ON COLUMN ledger.trades.opened_during_halt IS
    'Whether it was opened while a halt that covers it was in force.';
COMMENT ON COLUMN ledger.trades.first_sequence IS
    'The sequence of the open.';
COMMENT ON COLUMN ledger.trades.last_sequence IS
    'The sequence of the last event of the trade.';
COMMENT ON COLUMN ledger.trades.market_regime IS
    'market_regime of the context, such as trending or choppy; NULL where it is not a string.';
COMMENT ON COLUMN ledger.trades.bull_confidence IS
    'bull_confidence of the context; NULL where it is not a number, or one beyond the range of numeric.';
COMMENT ON COLUMN ledger.trades.bear_confidence IS
    'bear_confidence of the context; NULL where it is not a number, or one beyond the range of numeric.';
COMMENT ON COLUMN ledger.trades.decision_confidence IS
    'decision_confidence of the context; NULL where it is not a number, or one beyond the range of numeric.';
COMMENT ON COLUMN ledger.trades.agent_votes IS
    'agent_votes of the context; NULL where it is no object or array, or holds a number beyond the range of '
    'numeric.';
COMMENT ON COLUMN ledger.trades.signals IS
    'signals of the context; NULL where it is no object or array, or holds a number beyond the range of numeric.';
COMMENT ON COLUMN ledger.trades.first_recorded_at IS
    'The recorded_at of the event first_sequence.';
COMMENT ON COLUMN ledger.trades.last_recorded_at IS
    'The recorded_at of the event last_sequence.';
COMMENT ON COLUMN ledger.orders.order_id IS
    'The id that the producer gave the order; unique in the ledger.';
COMMENT ON COLUMN ledger.orders.origin IS
    'submitted, or external where the ledger has no order.submitted.';
COMMENT ON COLUMN ledger.orders.symbol IS
    'The instrument, such as BTC/USDT.';
COMMENT ON COLUMN ledger.orders.side IS
    'buy or sell.';
COMMENT ON COLUMN ledger.orders.order_type IS
    'The kind of order, such as market, limit or stop.';
COMMENT ON COLUMN ledger.orders.amount IS
    'What was ordered, in the base currency.';
COMMENT ON COLUMN ledger.orders.quote_amount IS
    'What was ordered, in the quote currency.';
COMMENT ON COLUMN ledger.orders.price IS
    'The limit.';
COMMENT ON COLUMN ledger.orders.stop_price IS
    'The price that makes it active.';
COMMENT ON COLUMN ledger.orders.time_in_force IS
    'How long it stays live, such as GTC.';
COMMENT ON COLUMN ledger.orders.reduce_only IS
    'Whether it can only reduce a position.';
COMMENT ON COLUMN ledger.orders.status IS
    'The end recorded last, of rejected, cancelled, expired, completed; else filled or partially_filled, if there '
    'are fills; else the last of submitted, accepted, unknown.';
COMMENT ON COLUMN ledger.orders.filled_amount IS
    'The sum of its fills, in the base currency.';
COMMENT ON COLUMN ledger.orders.average_price IS
    'The average price of its fills, weighted by amount; 18 decimals, half-even, where they have several prices. '
    'NULL before any.';
COMMENT ON COLUMN ledger.orders.fees IS
    'The sum of their fees; NULL if these are in several currencies.';
COMMENT ON COLUMN ledger.orders.anomaly IS
    'What cannot be right: event_after_end, fill_after_end, overfilled; NULL where nothing is.';
COMMENT ON COLUMN ledger.orders.exchange_order_id IS
    'The id that the venue gave it.';
COMMENT ON COLUMN ledger.orders.trade_id IS
    'The trade that it is for.';
COMMENT ON COLUMN ledger.orders.decision_id IS
    'The decision that led to it.';
COMMENT ON COLUMN ledger.orders.strategy IS
    'The strategy that decided on it.';
COMMENT ON COLUMN ledger.orders.account IS
    'The account that it is on.';
COMMENT ON COLUMN ledger.orders.venue IS
    'The exchange or broker.';
COMMENT ON COLUMN ledger.orders.reason IS
    'The reason that its last event with one gives.';
COMMENT ON COLUMN ledger.orders.submitted_at IS
    'When it was about to be sent.';
COMMENT ON COLUMN ledger.orders.ended_at IS
    'When the end happened that was recorded last.';
COMMENT ON COLUMN ledger.orders.first_sequence IS
    'The sequence of its first event.';
COMMENT ON COLUMN ledger.orders.last_sequence IS
    'The sequence of the last event that changed it; fills count.';
COMMENT ON COLUMN ledger.balances.account IS
    'The account; default is that of events that name none.';
COMMENT ON COLUMN ledger.balances.currency IS
    'The currency.';
COMMENT ON COLUMN ledger.balances.deposited IS
    'What arrived from outside.';
COMMENT ON COLUMN ledger.balances.withdrawn IS
    'What left to the outside.';
COMMENT ON COLUMN ledger.balances.transferred IS
    'What came from other accounts of the ledger, less what went there.';
COMMENT ON COLUMN ledger.balances.adjusted IS
    'Interest, funding and other adjustments of the account and of its trades.';
COMMENT ON COLUMN ledger.balances.traded IS
    'What trades brought, less what they took: of derivatives, their gross P&L.';
COMMENT ON COLUMN ledger.balances.fees IS
    'What was paid as fees, less rebates.';
COMMENT ON COLUMN ledger.balances.amount IS
    'What must be on the account: deposited - withdrawn + transferred + adjusted + traded - fees.';
COMMENT ON COLUMN ledger.balances.observed IS
    'The balance that the venue reported last.';
COMMENT ON COLUMN ledger.balances.observed_at IS
    'When it was so at the venue.';
COMMENT ON COLUMN ledger.balances.difference IS
    'observed, less the amount after the event that reported it; 0 where both agree.';
COMMENT ON COLUMN ledger.balances.sources IS
    'How many flows, observations and trades that are not voided it consists of; 0 hides the row.';
COMMENT ON COLUMN ledger.balances.incomplete IS
    'Whether trades of inverse contracts settle in the currency, which account.adjusted has to record.';
COMMENT ON COLUMN ledger.positions.account IS
    'The account; default is that of trades that name none.';
COMMENT ON COLUMN ledger.positions.venue IS
    'The exchange or broker.';
COMMENT ON COLUMN ledger.positions.symbol IS
    'The instrument, such as BTC/USDT.';
COMMENT ON COLUMN ledger.positions.side IS
    'buy or sell: the direction of the entry.';
COMMENT ON COLUMN ledger.positions.quote IS
    'The currency of the prices, the cost and the P&L.';
COMMENT ON COLUMN ledger.positions.amount IS
    'What is held, in the base currency, exact.';
COMMENT ON COLUMN ledger.positions.entry_price IS
    'The price of the entries of its open trades; if there are several, cost / amount; 18 decimals, half-even.';
COMMENT ON COLUMN ledger.positions.cost IS
    'What it cost at average cost, in the quote currency, without fees.';
COMMENT ON COLUMN ledger.positions.trades IS
    'How many open trades it consists of.';
COMMENT ON COLUMN ledger.prices.symbol IS
    'The instrument, such as BTC/USDT.';
COMMENT ON COLUMN ledger.prices.price IS
    'The price that was recorded last.';
COMMENT ON COLUMN ledger.prices.observed_at IS
    'When it was observed.';
COMMENT ON COLUMN ledger.prices.sequence IS
    'The sequence of the event that recorded it.';
COMMENT ON COLUMN ledger.halts.scope IS
    'What it covers: all, strategy:NAME, symbol:NAME, account:NAME or venue:NAME.';
COMMENT ON COLUMN ledger.halts.halted_at IS
    'When it began.';
COMMENT ON COLUMN ledger.halts.resumed_at IS
    'When it ended; NULL while it is in force.';
COMMENT ON COLUMN ledger.halts.reason IS
    'Why it began.';
COMMENT ON COLUMN ledger.halts.actor IS
    'Who began it.';
COMMENT ON COLUMN ledger.halts.resumed_by IS
    'Who ended it.';
COMMENT ON COLUMN ledger.halts.first_sequence IS
    'The sequence of the event that began it.';
COMMENT ON COLUMN ledger.halts.last_sequence IS
    'The sequence of its last event.';
COMMENT ON COLUMN ledger.capital_flows.account IS
    'The account.';
COMMENT ON COLUMN ledger.capital_flows.currency IS
    'The currency.';
COMMENT ON COLUMN ledger.capital_flows.occurred_at IS
    'When it happened.';
COMMENT ON COLUMN ledger.capital_flows.kind IS
    'deposited, withdrawn, transferred, correction or conversion.';
COMMENT ON COLUMN ledger.capital_flows.amount IS
    'How much, positive if it came to the account.';
COMMENT ON COLUMN ledger.capital_flows.sequence IS
    'The sequence of the event.';
COMMENT ON COLUMN ledger.decisions.decision_id IS
    'The id that the producer gave the decision; unique in the ledger.';
COMMENT ON COLUMN ledger.decisions.action IS
    'What was decided, such as buy, sell, hold or close.';
COMMENT ON COLUMN ledger.decisions.symbol IS
    'The instrument, such as BTC/USDT.';
COMMENT ON COLUMN ledger.decisions.strategy IS
    'The strategy that decided.';
COMMENT ON COLUMN ledger.decisions.confidence IS
    'How sure it was, usually from 0 to 1.';
COMMENT ON COLUMN ledger.decisions.status IS
    'made, or vetoed.';
COMMENT ON COLUMN ledger.decisions.reason IS
    'Why: that of the veto, or else of the decision.';
COMMENT ON COLUMN ledger.decisions.actor IS
    'Who: that of the veto, or else of the decision.';
COMMENT ON COLUMN ledger.decisions.context IS
    'What the producer knew: votes, signals.';
COMMENT ON COLUMN ledger.decisions.occurred_at IS
    'When it was made.';
COMMENT ON COLUMN ledger.decisions.first_sequence IS
    'The sequence of its first event.';
COMMENT ON COLUMN ledger.decisions.last_sequence IS
    'The sequence of its last event; events of trades do not count.';
COMMENT ON COLUMN ledger.decision_outcomes.decision_id IS
    'The decision.';
COMMENT ON COLUMN ledger.decision_outcomes.quote IS
    'The quote currency of the trades.';
COMMENT ON COLUMN ledger.decision_outcomes.trades IS
    'How many trades name the decision, without voided ones.';
COMMENT ON COLUMN ledger.decision_outcomes.net_pnl IS
    'What they have realized so far.';
COMMENT ON COLUMN ledger.predictions.prediction_id IS
    'The id that the producer gave the prediction; unique in the ledger.';
COMMENT ON COLUMN ledger.predictions.model IS
    'The model that predicted.';
COMMENT ON COLUMN ledger.predictions.model_version IS
    'Its version.';
COMMENT ON COLUMN ledger.predictions.model_hash IS
    'The hash of its file.';
COMMENT ON COLUMN ledger.predictions.features_hash IS
    'The hash of what it was given.';
COMMENT ON COLUMN ledger.predictions.symbol IS
    'The instrument, such as BTC/USDT.';
COMMENT ON COLUMN ledger.predictions.target IS
    'What was predicted, such as the close or the direction.';
COMMENT ON COLUMN ledger.predictions.horizon_seconds IS
    'How far ahead it looks, in seconds.';
COMMENT ON COLUMN ledger.predictions.value IS
    'The value that was predicted; NULL where it was a label.';
COMMENT ON COLUMN ledger.predictions.label IS
    'The label that was predicted; NULL where it was a value.';
COMMENT ON COLUMN ledger.predictions.reference IS
    'The level that the value is above or below.';
COMMENT ON COLUMN ledger.predictions.confidence IS
    'How sure the model was, usually from 0 to 1.';
COMMENT ON COLUMN ledger.predictions.decision_id IS
    'The decision for which it was made.';
COMMENT ON COLUMN ledger.predictions.latency_microseconds IS
    'How long the model took, in microseconds.';
COMMENT ON COLUMN ledger.predictions.predicted_at IS
    'When it was made.';
COMMENT ON COLUMN ledger.predictions.resolved_at IS
    'When it was known what came true.';
COMMENT ON COLUMN ledger.predictions.resolved_value IS
    'The value that came true.';
COMMENT ON COLUMN ledger.predictions.resolved_label IS
    'The label that came true.';
COMMENT ON COLUMN ledger.predictions.error IS
    'resolved_value - value.';
COMMENT ON COLUMN ledger.predictions.correct IS
    'Whether the labels are equal, or both values on the same side of reference; NULL where nothing says so.';
COMMENT ON COLUMN ledger.predictions.first_sequence IS
    'The sequence of its first event.';
COMMENT ON COLUMN ledger.predictions.last_sequence IS
    'The sequence of its last event.';
COMMENT ON COLUMN ledger.model_performance.model IS
    'The model.';
COMMENT ON COLUMN ledger.model_performance.model_version IS
    'Its version; NULL for predictions that name none.';
COMMENT ON COLUMN ledger.model_performance.made IS
    'How many predictions it made.';
COMMENT ON COLUMN ledger.model_performance.resolved IS
    'How many of them are resolved.';
COMMENT ON COLUMN ledger.model_performance.correct IS
    'How many came true.';
COMMENT ON COLUMN ledger.model_performance.mean_absolute_error IS
    'The mean of the errors without their signs; 18 decimals, half-even. NULL where no prediction has one.';
COMMENT ON COLUMN ledger.model_performance.mean_squared_error IS
    'The mean of their squares; 18 decimals, half-even. NULL where no prediction has one.';
COMMENT ON COLUMN ledger.model_calibration.model IS
    'The model.';
COMMENT ON COLUMN ledger.model_calibration.model_version IS
    'Its version; NULL for predictions that name none.';
COMMENT ON COLUMN ledger.model_calibration.tenth IS
    'The confidence in tenths, rounded down: 0 to 9; a confidence of 1 is in 9.';
COMMENT ON COLUMN ledger.model_calibration.n IS
    'How many predictions were right or wrong.';
COMMENT ON COLUMN ledger.model_calibration.mean_confidence IS
    'Their mean confidence; 18 decimals, half-even.';
COMMENT ON COLUMN ledger.model_calibration.correct_share IS
    'How many were right / n; 18 decimals, half-even.';
COMMENT ON COLUMN ledger.strategies.strategy IS
    'The strategy.';
COMMENT ON COLUMN ledger.strategies.strategy_version IS
    'The version of its last registration.';
COMMENT ON COLUMN ledger.strategies.parameters_hash IS
    'The hash of its parameters.';
COMMENT ON COLUMN ledger.strategies.parameters IS
    'Its parameters: the context of its last registration.';
COMMENT ON COLUMN ledger.strategies.active IS
    'Whether it runs: registered, and not retired since.';
COMMENT ON COLUMN ledger.strategies.registered_at IS
    'When it was registered last.';
COMMENT ON COLUMN ledger.strategies.retired_at IS
    'When it was retired; NULL while it runs.';
COMMENT ON COLUMN ledger.strategies.last_sequence IS
    'The sequence of its last event.';
COMMENT ON COLUMN ledger.alerts.alert_id IS
    'The id that the producer gave the alert; unique in the ledger.';
COMMENT ON COLUMN ledger.alerts.severity IS
    'info, warning, error or critical.';
COMMENT ON COLUMN ledger.alerts.title IS
    'What happened, in one line.';
COMMENT ON COLUMN ledger.alerts.category IS
    'The kind of alert.';
COMMENT ON COLUMN ledger.alerts.symbol IS
    'The instrument that it is about.';
COMMENT ON COLUMN ledger.alerts.order_id IS
    'The order that it is about.';
COMMENT ON COLUMN ledger.alerts.strategy IS
    'The strategy that it is about.';
COMMENT ON COLUMN ledger.alerts.status IS
    'raised, acknowledged or resolved.';
COMMENT ON COLUMN ledger.alerts.raised_at IS
    'When it was raised.';
COMMENT ON COLUMN ledger.alerts.acknowledged_at IS
    'When it was acknowledged first.';
COMMENT ON COLUMN ledger.alerts.acknowledged_by IS
    'Who acknowledged it first.';
COMMENT ON COLUMN ledger.alerts.resolved_at IS
    'When it was resolved.';
COMMENT ON COLUMN ledger.alerts.first_sequence IS
    'The sequence of its first event.';
COMMENT ON COLUMN ledger.alerts.last_sequence IS
    'The sequence of its last event.';
