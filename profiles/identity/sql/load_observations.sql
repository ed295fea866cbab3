-- Purpose: what was seen of the given identities together with others since a moment, oldest first.
-- Index:   identity_observation_pkey.
SELECT DISTINCT order_at, order_seq, dataset, timestamp, members
FROM identity_observation
WHERE identity = ANY(%(ids)s) AND (order_at, order_seq) >= (%(since_at)s, %(since_seq)s)
ORDER BY order_at, order_seq
