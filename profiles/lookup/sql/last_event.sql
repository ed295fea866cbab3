-- Purpose: when an event of the given identities was last received.
-- Index:   profile_event_identity.
SELECT max(received_at)
FROM profile_event
WHERE identity = ANY(%(ids)s) AND sandbox = %(sandbox)s
  AND (%(datasets)s::int[] IS NULL OR dataset = ANY(%(datasets)s::int[]))
