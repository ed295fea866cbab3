-- Purpose: tries that the store itself made fail must not add up to a verdict on a record.
-- Locks:   the position row; the caller holds the stream's drain lock, so nobody waits for it.
-- Index:   journal_position_pkey.
UPDATE journal_position
SET attempts = %(most)s
WHERE reader = %(reader)s AND stream = %(stream)s AND attempts > %(most)s
