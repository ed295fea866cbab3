-- Purpose: drop the cached rows of profiles that became part of another one.
-- Locks:   the rows it deletes.
-- Index:   profile_pkey.
DELETE FROM profile WHERE id = ANY(%(ids)s)
