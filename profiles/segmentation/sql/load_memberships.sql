-- Purpose: memberships of the given profiles.
-- Locks:   none; the reader's position row keeps other writers of this sandbox out.
-- Index:   profile_membership_pkey.
SELECT profile, states FROM profile_membership WHERE profile = ANY(%(profiles)s)
