-- The id of an event whose row has none, because the ledger derives it: the milliseconds of recorded_at, then 74 bits
-- of the ledger's id, with the sequence XORed into the last of them (schema/segment-format.md, "Derived event ids").
-- The planner puts the body in the place of a call, so a query that does not select the id does not pay for it.

CREATE OR REPLACE FUNCTION ledger.event_id(ledger_id uuid, sequence bigint, recorded_at timestamptz)
    RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CAST(
    lpad(to_hex(floor(extract(epoch FROM recorded_at - timestamptz '1970-01-01 00:00:00Z') * 1000)::bigint), 12, '0')
    || '7' || substr(ledger_id::text, 16, 3)
    || to_hex(
        (
            ('x' || replace(substr(ledger_id::text, 20), '-', ''))::bit(64)
            & x'3FFFFFFFFFFFFFFF' | x'8000000000000000' # sequence::bit(64)
        )::bigint
    )
    AS uuid
);

COMMENT ON FUNCTION ledger.event_id(uuid, bigint, timestamptz) IS
    'The id of an event for which the ledger made the id, which no row holds: a UUIDv7.';
