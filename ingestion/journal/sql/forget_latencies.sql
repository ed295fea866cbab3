-- Purpose: drop histograms by the minute once only their hours are looked at: they are most of the
--          counters.
-- Locks:   the deleted rows; nobody else changes rows that old.
-- Index:   none: read whole, once an hour.
DELETE FROM metric_minute WHERE minute < %(before)s AND name = ANY(%(names)s::text[])
