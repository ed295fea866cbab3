-- Purpose: set the profile of identities whose graph changed.
-- Locks:   the rows it writes, in id order (the caller sorts).
-- Index:   identity_pkey.
UPDATE identity SET profile = new.profile
FROM unnest(%(ids)s::bytea[], %(profiles)s::bytea[]) AS new (id, profile)
WHERE identity.id = new.id
