-- Purpose: drop what is past its retention.
-- Locks:   the deleted rows; nobody else changes rows that old.
-- Index:   journal_request_moment.
DELETE FROM journal_request WHERE received_at < %(before)s
