-- Purpose: links that are no longer active.
-- Locks:   the rows it deletes.
-- Index:   identity_edge_pkey.
DELETE FROM identity_edge
USING unnest(%(a)s::bytea[], %(b)s::bytea[]) AS gone (a, b)
WHERE identity_edge.a = gone.a AND identity_edge.b = gone.b
