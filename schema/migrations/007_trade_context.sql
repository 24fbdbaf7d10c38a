-- All keys of a trade's contexts in one document. Rows that are already there have none until `tradeledger rebuild`.

ALTER TABLE ledger.trades ADD COLUMN context json;
