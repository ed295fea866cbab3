-- Purpose: claim a stream for one reader until the end of the transaction. No row: another
--          transaction holds it.
-- Locks:   the position row, FOR UPDATE SKIP LOCKED.
-- Index:   journal_position_pkey.
SELECT seq
FROM journal_position
WHERE reader = %(reader)s AND stream = %(stream)s
FOR UPDATE SKIP LOCKED
