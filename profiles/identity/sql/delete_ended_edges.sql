-- Purpose: cut links that, with a late record in its place, were never cut.
-- Locks:   the rows it deletes.
-- Index:   identity_edge_ended_pkey.
DELETE FROM identity_edge_ended
USING unnest(%(a)s::bytea[], %(b)s::bytea[], %(started_at)s::bigint[], %(started_seq)s::bigint[])
    AS gone (a, b, started_at, started_seq)
WHERE identity_edge_ended.a = gone.a
  AND identity_edge_ended.b = gone.b
  AND identity_edge_ended.started_at = gone.started_at
  AND identity_edge_ended.started_seq = gone.started_seq
