-- Purpose: the micro-batch that took a record. Ranges do not overlap, so it is the first to end at
--          or after the record, if it began before it.
-- Locks:   none.
-- Index:   pipeline_batch_pkey.
SELECT *
FROM (
    SELECT
        stream, first_seq, last_seq, claimed_at, admitted_at, resolved_at, merged_at,
        committed_at, received, accepted, rejected, duplicates, skipped
    FROM pipeline_batch
    WHERE stream = %(stream)s AND last_seq >= %(seq)s
    ORDER BY last_seq
    LIMIT 1
) AS batch
WHERE first_seq <= %(seq)s
