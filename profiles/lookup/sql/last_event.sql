-- Purpose: timestamp of the newest event of the given identities.
-- Index:   profile_event_identity, read backwards until an event of these datasets.
SELECT max((
    SELECT max(e.timestamp)
    FROM profile_event e
    WHERE e.identity = one.id AND e.sandbox = %(sandbox)s
      AND (%(datasets)s::int[] IS NULL OR e.dataset = ANY(%(datasets)s::int[]))
))
FROM unnest(%(ids)s::bytea[]) AS one (id)
