-- Purpose: one page of the events of the given identities, newest first, from a key onwards.
-- Index:   profile_event_identity.
SELECT dataset, event_id, identity, timestamp, received_at, seq, document
FROM profile_event
WHERE identity = ANY(%(ids)s) AND sandbox = %(sandbox)s
  AND timestamp >= %(start)s AND timestamp < %(end)s
  AND (timestamp, dataset, event_id) <= (%(at)s, %(at_dataset)s, %(at_event)s)
  AND (%(datasets)s::int[] IS NULL OR dataset = ANY(%(datasets)s::int[]))
  AND (%(event_type)s::text IS NULL OR event_type = %(event_type)s::text)
ORDER BY timestamp DESC, dataset DESC, event_id DESC
LIMIT %(limit)s
