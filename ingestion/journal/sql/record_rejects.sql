-- Purpose: keep refused records with their reasons, in the transaction that skips them.
-- Locks:   the new rows.
-- Index:   journal_reject_pkey and the three listing indexes are written.
INSERT INTO journal_reject (
    stream, seq, received_at, rejected_at, inlet, dataset, code, path, received, expected,
    message, violations, payload
)
SELECT *
FROM unnest(
    %(stream)s::int[], %(seq)s::bigint[], %(received_at)s::bigint[], %(rejected_at)s::bigint[],
    %(inlet)s::int[], %(dataset)s::int[], %(code)s::text[], %(path)s::text[],
    %(received)s::text[], %(expected)s::text[], %(message)s::text[], %(violations)s::jsonb[],
    %(payload)s::bytea[]
)
