-- Purpose: the newest records of a stream whose text holds a text, newest first, with their fate.
-- Locks:   none.
-- Index:   journal_record_*_pkey backwards over so many numbers; journal_reject_pkey.
SELECT
    record.stream, record.seq, record.received_at, record.inlet, record.flags, record.payload,
    CASE
        WHEN reject.seq IS NOT NULL THEN 'rejected'
        WHEN record.seq <= coalesce(position.seq, 0) THEN 'processed'
        ELSE 'waiting'
    END,
    reject.code, reject.message
FROM (
    SELECT stream, seq, received_at, inlet, flags, payload
    FROM journal_record
    WHERE stream = %(stream)s
      AND seq > (
          SELECT max(next_seq) - %(searched)s::bigint FROM journal_head WHERE stream = %(stream)s
      )
      AND position(convert_to(%(text)s::text, 'UTF8') IN payload) > 0
    ORDER BY seq DESC
    LIMIT %(limit)s
) AS record
LEFT JOIN journal_reject AS reject USING (stream, seq)
LEFT JOIN journal_position AS position
    ON position.stream = record.stream AND position.reader = 'profile'
ORDER BY record.seq DESC
