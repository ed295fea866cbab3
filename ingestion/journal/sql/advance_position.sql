-- Purpose: say that everything up to a number has had its effects, in the transaction of the effects.
--          `attempts` is zero, unless the records after it are still to be taken with care.
-- Locks:   the position row, held since lock_position.
-- Index:   journal_position_pkey.
UPDATE journal_position
SET seq = %(seq)s, attempts = %(attempts)s, updated_at = %(now)s
WHERE reader = %(reader)s AND stream = %(stream)s AND seq < %(seq)s
