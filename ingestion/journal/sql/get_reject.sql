-- Purpose: one reject.
-- Locks:   none.
-- Index:   journal_reject_pkey.
SELECT
    stream, seq, received_at, rejected_at, inlet, dataset, code, path, received, expected,
    message, violations, payload, state, redriven_as
FROM journal_reject
WHERE stream = %(stream)s AND seq = %(seq)s
