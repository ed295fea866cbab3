-- Purpose: records by their numbers, newest first, with their fate.
-- Locks:   none.
-- Index:   journal_record_*_pkey, journal_reject_pkey.
SELECT
    record.stream, record.seq, record.received_at, record.inlet, record.flags, record.payload,
    CASE
        WHEN reject.seq IS NOT NULL THEN 'rejected'
        WHEN record.seq <= coalesce(position.seq, 0) THEN 'processed'
        ELSE 'waiting'
    END,
    reject.code, reject.message
FROM journal_record AS record
LEFT JOIN journal_reject AS reject USING (stream, seq)
LEFT JOIN journal_position AS position
    ON position.stream = record.stream AND position.reader = 'profile'
WHERE record.stream = %(stream)s AND record.seq = ANY(%(seqs)s::bigint[])
ORDER BY record.seq DESC
