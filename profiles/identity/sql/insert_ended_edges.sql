-- Purpose: keep what a cut link was and why it went.
-- Locks:   the rows it writes.
-- Index:   identity_edge_ended_pkey.
INSERT INTO identity_edge_ended
    (a, b, sandbox, first_established, last_established, datasets,
     started_at, started_seq, order_at, order_seq, ended_at, ended_seq, reason)
SELECT a, b, %(sandbox)s, first_established, last_established,
       string_to_array(datasets, ',')::int[], started_at, started_seq, order_at, order_seq,
       ended_at, ended_seq, reason
FROM unnest(
    %(a)s::bytea[], %(b)s::bytea[], %(first)s::bigint[], %(last)s::bigint[], %(datasets)s::text[],
    %(started_at)s::bigint[], %(started_seq)s::bigint[],
    %(order_at)s::bigint[], %(order_seq)s::bigint[],
    %(ended_at)s::bigint[], %(ended_seq)s::bigint[], %(reason)s::text[]
) AS new (a, b, first_established, last_established, datasets,
          started_at, started_seq, order_at, order_seq, ended_at, ended_seq, reason)
ON CONFLICT (a, b, started_at, started_seq) DO UPDATE SET
    first_established = excluded.first_established,
    last_established = excluded.last_established,
    datasets = excluded.datasets,
    order_at = excluded.order_at,
    order_seq = excluded.order_seq,
    ended_at = excluded.ended_at,
    ended_seq = excluded.ended_seq,
    reason = excluded.reason
