-- Purpose: links of the given identities, whichever end they are, that are active or were cut at
--          or after a moment; for folding a late observation into history.
-- Index:   identity_edge_pkey, identity_edge_b, identity_edge_ended_pkey, identity_edge_ended_b.
SELECT a, b, first_established, last_established, datasets,
       started_at, started_seq, order_at, order_seq,
       NULL::bigint AS ended_at, NULL::bigint AS ended_seq, NULL::text AS reason
FROM identity_edge WHERE a = ANY(%(ids)s) OR b = ANY(%(ids)s)
UNION ALL
SELECT a, b, first_established, last_established, datasets,
       started_at, started_seq, order_at, order_seq, ended_at, ended_seq, reason
FROM identity_edge_ended
WHERE (a = ANY(%(ids)s) OR b = ANY(%(ids)s))
  AND (ended_at, ended_seq) >= (%(since_at)s, %(since_seq)s)
