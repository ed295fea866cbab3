-- Purpose: drop what is past its retention.
-- Locks:   the deleted rows; nobody else changes rows that old.
-- Index:   pipeline_batch_time.
DELETE FROM pipeline_batch WHERE committed_at < %(before)s
