-- Purpose: events of the given identities, the newest ones; of some types and datasets only,
--          unless these are null.
-- Locks:   none.
-- Index:   profile_event_identity.
SELECT document
FROM profile_event
WHERE identity = ANY(%(ids)s) AND sandbox = %(sandbox)s
  AND (%(types)s::text[] IS NULL OR event_type = ANY(%(types)s::text[]))
  AND (%(datasets)s::int[] IS NULL OR dataset = ANY(%(datasets)s::int[]))
ORDER BY timestamp DESC
LIMIT %(limit)s
