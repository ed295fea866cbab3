-- Purpose: drop what is past its retention.
-- Locks:   the deleted rows; nobody else changes rows that old.
-- Index:   none: read whole, once an hour.
DELETE FROM journal_reject WHERE rejected_at < %(before)s
