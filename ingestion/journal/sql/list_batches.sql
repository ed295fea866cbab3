-- Purpose: the latest micro-batches of a stream, newest first.
-- Locks:   none.
-- Index:   pipeline_batch_pkey backwards.
SELECT
    stream, first_seq, last_seq, claimed_at, admitted_at, resolved_at, merged_at, committed_at,
    received, accepted, rejected, duplicates, skipped
FROM pipeline_batch
WHERE stream = %(stream)s
ORDER BY last_seq DESC
LIMIT %(limit)s
