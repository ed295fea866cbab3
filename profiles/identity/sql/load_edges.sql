-- Purpose: the active links of whole graphs: both ends are among the given identities.
-- Index:   identity_edge_pkey.
SELECT a, b, first_established, last_established, datasets,
       started_at, started_seq, order_at, order_seq
FROM identity_edge WHERE a = ANY(%(ids)s)
