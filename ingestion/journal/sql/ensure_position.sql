-- Purpose: the row that a reader's transactions lock, before its first.
-- Locks:   none on an existing row, locked or not.
-- Index:   journal_position_pkey.
INSERT INTO journal_position (reader, stream)
VALUES (%(reader)s, %(stream)s)
ON CONFLICT DO NOTHING
