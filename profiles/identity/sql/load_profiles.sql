-- Purpose: which of these identities are known, and the profile each belongs to.
-- Index:   identity_pkey.
SELECT id, profile FROM identity WHERE id = ANY(%(ids)s)
