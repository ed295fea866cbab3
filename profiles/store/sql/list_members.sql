-- Purpose: the identities of the given profiles, and whether they have events; events of some
--          datasets only count, unless these are null.
-- Locks:   none.
-- Index:   identity_profile, profile_event_identity.
SELECT i.id, i.profile, EXISTS (
    SELECT 1
    FROM profile_event e
    WHERE e.identity = i.id
      AND (%(datasets)s::int[] IS NULL OR e.dataset = ANY(%(datasets)s::int[]))
)
FROM identity i
WHERE i.profile = ANY(%(profiles)s)
