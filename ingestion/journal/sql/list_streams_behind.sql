-- Purpose: streams with records that a reader has not taken.
-- Locks:   none.
-- Index:   journal_head is read whole (one row a sandbox); journal_position_pkey.
SELECT head.stream
FROM journal_head AS head
LEFT JOIN journal_position AS position
    ON position.stream = head.stream AND position.reader = %(reader)s
WHERE head.next_seq - 1 > coalesce(position.seq, 0)
ORDER BY head.stream
