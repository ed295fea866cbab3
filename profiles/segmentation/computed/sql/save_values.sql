-- Purpose: write values of profiles whose rows were dropped in this transaction.
-- Locks:   the rows it writes, in key order (the caller sorts).
-- Index:   computed_value_pkey.
INSERT INTO computed_value AS stored (attribute, profile, sandbox, value, moment)
SELECT attribute, profile, %(sandbox)s, value::jsonb, moment
FROM unnest(
    %(attributes)s::int[], %(profiles)s::bytea[], %(values)s::text[], %(moments)s::bigint[]
) AS new (attribute, profile, value, moment)
ON CONFLICT (attribute, profile) DO UPDATE SET value = excluded.value, moment = excluded.moment
