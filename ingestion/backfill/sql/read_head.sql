-- Purpose: the last number of a stream and the first that is kept.
-- Locks:   none.
-- Index:   journal_head_pkey, journal_record_*_pkey.
SELECT
    head.next_seq - 1,
    coalesce((SELECT min(seq) FROM journal_record WHERE stream = %(stream)s), head.next_seq)
FROM journal_head AS head
WHERE head.stream = %(stream)s
