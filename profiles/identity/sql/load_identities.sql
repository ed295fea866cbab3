-- Purpose: the given identities as graph members.
-- Index:   identity_pkey.
SELECT id, namespace, value, profile, severed_at, severed_seq
FROM identity WHERE id = ANY(%(ids)s)
