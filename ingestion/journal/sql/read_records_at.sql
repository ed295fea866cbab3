-- Purpose: records received at some moments, to the microsecond, in order, with their fate.
-- Locks:   none.
-- Index:   journal_record_moment of each partition; journal_reject_pkey.
WITH found AS MATERIALIZED (
    SELECT stream, seq, received_at, inlet, flags, payload
    FROM journal_record
    WHERE received_at = ANY(%(moments)s::bigint[]) AND stream = %(stream)s
)
SELECT
    record.stream, record.seq, record.received_at, record.inlet, record.flags, record.payload,
    CASE
        WHEN reject.seq IS NOT NULL THEN 'rejected'
        WHEN record.seq <= coalesce(position.seq, 0) THEN 'processed'
        ELSE 'waiting'
    END,
    reject.code, reject.message
FROM found AS record
LEFT JOIN journal_reject AS reject USING (stream, seq)
LEFT JOIN journal_position AS position
    ON position.stream = record.stream AND position.reader = 'profile'
ORDER BY record.seq
LIMIT %(limit)s
