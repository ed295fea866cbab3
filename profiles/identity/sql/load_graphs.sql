-- Purpose: all identities of the given profiles, with the newest key that cut a link of theirs.
-- Index:   identity_profile.
SELECT id, namespace, value, profile, severed_at, severed_seq
FROM identity WHERE profile = ANY(%(profiles)s)
