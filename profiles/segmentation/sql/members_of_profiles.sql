-- Purpose: the identities of some profiles, by namespace.
-- Locks:   none.
-- Index:   identity_profile.
SELECT profile, id, namespace, value
FROM identity
WHERE profile = ANY(%(profiles)s) AND sandbox = %(sandbox)s
ORDER BY profile, id
