-- Purpose: write the changed record fragments of a micro-batch.
-- Locks:   the rows it writes, in key order (the caller sorts).
-- Index:   profile_fragment_pkey.
INSERT INTO profile_fragment
    (identity, dataset, sandbox, effective_at, seq, document, clocks)
SELECT identity, dataset, %(sandbox)s, effective_at, seq, document, clocks
FROM unnest(
    %(identities)s::bytea[], %(datasets)s::int[], %(effective_ats)s::bigint[], %(seqs)s::bigint[],
    %(documents)s::bytea[], %(clocks)s::bytea[]
) AS new (identity, dataset, effective_at, seq, document, clocks)
ON CONFLICT (identity, dataset) DO UPDATE SET
    effective_at = excluded.effective_at,
    seq = excluded.seq,
    document = excluded.document,
    clocks = excluded.clocks
