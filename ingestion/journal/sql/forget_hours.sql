-- Purpose: drop what is past its retention.
-- Locks:   the deleted rows; nobody else changes rows that old.
-- Index:   none: read whole, once an hour.
DELETE FROM metric_hour WHERE minute < %(before)s
