-- Purpose: the next records of a stream after a number, bounded by count and by bytes (but at least
--          one). Numbers become visible in order, so the answer never has a hole.
-- Locks:   none.
-- Index:   journal_record_*_pkey, merged in order of seq over the days.
SELECT stream, seq, received_at, inlet, flags, payload
FROM (
    SELECT
        stream, seq, received_at, inlet, flags, payload,
        sum(octet_length(payload)) OVER (ORDER BY seq) - octet_length(payload) AS bytes_before
    FROM (
        SELECT stream, seq, received_at, inlet, flags, payload
        FROM journal_record
        WHERE stream = %(stream)s AND seq > %(after)s
        ORDER BY seq
        LIMIT %(limit)s
    ) AS next_records
) AS measured
WHERE bytes_before < %(max_bytes)s
ORDER BY seq
