-- Purpose: put identities onto the list of an audience, or keep them on it.
-- Locks:   the rows it writes, in key order (the caller sorts).
-- Index:   external_member_pkey.
INSERT INTO external_member AS stored
    (audience, identity, sandbox, qualified_at, seen_at, expires_at, payload)
SELECT %(audience)s, identity, %(sandbox)s, %(now)s, %(now)s, %(expires_at)s, payload
FROM unnest(%(identities)s::bytea[], %(payloads)s::bytea[]) AS new (identity, payload)
ON CONFLICT (audience, identity) DO UPDATE SET
    seen_at = excluded.seen_at,
    expires_at = excluded.expires_at,
    payload = excluded.payload
RETURNING (xmax = 0) AS is_new
