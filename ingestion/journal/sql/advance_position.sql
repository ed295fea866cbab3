-- Purpose: say that everything up to a number has had its effects, in the transaction of the effects.
-- Locks:   the position row, held since lock_position.
-- Index:   journal_position_pkey.
UPDATE journal_position
SET seq = %(seq)s, attempts = 0, updated_at = %(now)s
WHERE reader = %(reader)s AND stream = %(stream)s AND seq < %(seq)s
