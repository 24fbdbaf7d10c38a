-- Where the batch of each checkpoint begins: right behind the checkpoint before it. The roots alone do not tell that a
-- checkpoint between two others is missing; a hole between the batches does.

ALTER TABLE ledger.checkpoints ADD COLUMN first_sequence bigint;

UPDATE ledger.checkpoints
SET first_sequence = batches.first_sequence
FROM (
    SELECT
        ledger_id,
        sequence,
        coalesce(lag(sequence) OVER (PARTITION BY ledger_id ORDER BY sequence), 0) + 1 AS first_sequence
    FROM ledger.checkpoints
) AS batches
WHERE checkpoints.ledger_id = batches.ledger_id AND checkpoints.sequence = batches.sequence;

ALTER TABLE ledger.checkpoints
    ALTER COLUMN first_sequence SET NOT NULL,
    ADD CHECK (first_sequence BETWEEN 1 AND sequence);

COMMENT ON COLUMN ledger.checkpoints.first_sequence IS
    'The sequence of the first event of the batch; of the oldest checkpoint of a ledger always 1.';
