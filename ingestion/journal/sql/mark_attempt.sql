-- Purpose: count a try at the batch after the reader's position, before the try, in a transaction
--          of its own. No row: nothing waits. The batch's own commit sets the count back.
-- Locks:   the position row; the caller holds the stream's drain lock, so nobody waits for it.
-- Index:   journal_position_pkey, journal_head_pkey.
UPDATE journal_position position
SET attempts = position.attempts + 1
FROM journal_head head
WHERE position.reader = %(reader)s
  AND position.stream = %(stream)s
  AND head.stream = position.stream
  AND head.next_seq - 1 > position.seq
RETURNING position.attempts, position.seq
