-- Purpose: write the links a micro-batch established or confirmed.
-- Locks:   the rows it writes, in (a, b) order (the caller sorts).
-- Index:   identity_edge_pkey.
INSERT INTO identity_edge
    (a, b, sandbox, first_established, last_established, datasets,
     started_at, started_seq, order_at, order_seq)
SELECT a, b, %(sandbox)s, first_established, last_established,
       string_to_array(datasets, ',')::int[], started_at, started_seq, order_at, order_seq
FROM unnest(
    %(a)s::bytea[], %(b)s::bytea[], %(first)s::bigint[], %(last)s::bigint[], %(datasets)s::text[],
    %(started_at)s::bigint[], %(started_seq)s::bigint[],
    %(order_at)s::bigint[], %(order_seq)s::bigint[]
) AS new (a, b, first_established, last_established, datasets,
          started_at, started_seq, order_at, order_seq)
ON CONFLICT (a, b) DO UPDATE SET
    first_established = excluded.first_established,
    last_established = excluded.last_established,
    datasets = excluded.datasets,
    started_at = excluded.started_at,
    started_seq = excluded.started_seq,
    order_at = excluded.order_at,
    order_seq = excluded.order_seq
