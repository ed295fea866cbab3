-- Purpose: events of the given profiles from a moment on; of some types and
--          datasets only, unless these are null.
-- Locks:   none; the reader's position row keeps other writers of this sandbox out.
-- Index:   identity_profile, profile_event_identity.
SELECT i.profile, e.document
FROM identity i
JOIN profile_event e ON e.identity = i.id AND e.timestamp >= %(since)s
WHERE i.profile = ANY(%(profiles)s)
  AND (%(types)s::text[] IS NULL OR e.event_type = ANY(%(types)s::text[]))
  AND (%(datasets)s::int[] IS NULL OR e.dataset = ANY(%(datasets)s::int[]))
