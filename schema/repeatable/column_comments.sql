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
    'The strategy that decided on the trade or the order.';
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
    'The decision that led to the event; not checked.';
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
