-- Purpose: drop the computed attributes of the graphs these identities belong to: they may be made of
--          what is deleted. The next evaluation finds what is left.
-- Locks:   the rows it deletes; the pipeline is held.
-- Index:   identity_pkey, computed_value_profile.
DELETE FROM computed_value
WHERE profile IN (SELECT profile FROM identity WHERE id = ANY(%(ids)s)) AND sandbox = %(sandbox)s
