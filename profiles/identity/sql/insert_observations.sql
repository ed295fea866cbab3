-- Purpose: log which identities came together, where linking rules are on.
-- Locks:   the rows it writes.
-- Index:   identity_observation_pkey.
INSERT INTO identity_observation
    (identity, order_at, order_seq, sandbox, dataset, timestamp, members)
SELECT identity, order_at, order_seq, %(sandbox)s, dataset, timestamp,
       ARRAY(SELECT decode(member, 'hex') FROM unnest(string_to_array(members, ',')) AS member)
FROM unnest(
    %(identities)s::bytea[], %(order_at)s::bigint[], %(order_seq)s::bigint[], %(datasets)s::int[],
    %(timestamps)s::bigint[], %(members)s::text[]
) AS new (identity, order_at, order_seq, dataset, timestamp, members)
ON CONFLICT DO NOTHING
