-- Purpose: how many records of a stream a reader has not taken, and the receive time of the next.
-- Locks:   none.
-- Index:   journal_head_pkey, journal_position_pkey, journal_record_*_pkey.
SELECT
    behind.records,
    (
        SELECT received_at
        FROM journal_record
        WHERE stream = %(stream)s AND seq > behind.seq
        ORDER BY seq
        LIMIT 1
    ) AS oldest_at
FROM (
    SELECT coalesce(position.seq, 0) AS seq, head.next_seq - 1 - coalesce(position.seq, 0) AS records
    FROM journal_head AS head
    LEFT JOIN journal_position AS position
        ON position.stream = head.stream AND position.reader = %(reader)s
    WHERE head.stream = %(stream)s
) AS behind
