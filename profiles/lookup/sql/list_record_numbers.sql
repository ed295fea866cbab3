-- Purpose: numbers of the records that profiles keep under some identities, the newest first.
-- Locks:   none.
-- Index:   profile_event_identity, profile_fragment_pkey.
SELECT seq
FROM (
    (SELECT received_at, seq
     FROM profile_event
     WHERE identity = ANY(%(ids)s::bytea[]) AND sandbox = %(sandbox)s
     ORDER BY timestamp DESC
     LIMIT %(limit)s)
    UNION ALL
    SELECT effective_at, seq
    FROM profile_fragment
    WHERE identity = ANY(%(ids)s::bytea[]) AND sandbox = %(sandbox)s
) AS kept (at, seq)
ORDER BY at DESC, seq DESC
LIMIT %(limit)s
