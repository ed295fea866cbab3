-- Purpose: live counts of audiences.
-- Locks:   none.
-- Index:   audience_count_pkey.
SELECT audience, realized, exited FROM audience_count WHERE audience = ANY(%(audiences)s)
