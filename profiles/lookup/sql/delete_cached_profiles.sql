-- Purpose: delete the merged document of the graphs these identities belong to.
-- Locks:   the rows it deletes; the pipeline is held.
-- Index:   identity_pkey, profile_pkey.
DELETE FROM profile
WHERE id IN (SELECT profile FROM identity WHERE id = ANY(%(ids)s)) AND sandbox = %(sandbox)s
RETURNING id
