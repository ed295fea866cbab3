-- Purpose: merged documents of the given profiles.
-- Locks:   none; the reader's position row keeps other writers of this sandbox out.
-- Index:   profile_pkey.
SELECT id, document FROM profile WHERE id = ANY(%(profiles)s)
