-- Purpose: drop the rows of profiles that are in no audience or became part of another one.
-- Locks:   the rows it deletes.
-- Index:   profile_membership_pkey.
DELETE FROM profile_membership WHERE profile = ANY(%(profiles)s)
