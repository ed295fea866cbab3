-- Purpose: append the events of a micro-batch; an event is unique by (dataset, _id). Of two with
--          one _id the earlier received stays, whatever order they are processed in.
-- Locks:   the rows it writes, in key order (the caller sorts); one drain a sandbox writes them.
-- Index:   profile_event_pkey.
INSERT INTO profile_event AS stored
    (dataset, event_id, sandbox, identity, timestamp, received_at, seq, event_type, document)
SELECT dataset, event_id, %(sandbox)s, identity, timestamp, received_at, seq, event_type, document
FROM unnest(
    %(datasets)s::int[], %(event_ids)s::text[], %(identities)s::bytea[], %(timestamps)s::bigint[],
    %(received_ats)s::bigint[], %(seqs)s::bigint[], %(event_types)s::text[], %(documents)s::bytea[]
) AS new (dataset, event_id, identity, timestamp, received_at, seq, event_type, document)
ON CONFLICT (dataset, event_id) DO UPDATE SET
    identity = excluded.identity,
    timestamp = excluded.timestamp,
    received_at = excluded.received_at,
    seq = excluded.seq,
    event_type = excluded.event_type,
    document = excluded.document
WHERE (excluded.received_at, excluded.seq) < (stored.received_at, stored.seq)
RETURNING seq
