-- Purpose: delete the events stored under these identities; answers how many there were.
-- Locks:   the rows it deletes; the pipeline is held.
-- Index:   profile_event_identity.
WITH gone AS (
    DELETE FROM profile_event WHERE identity = ANY(%(ids)s) AND sandbox = %(sandbox)s
    RETURNING 1
)
SELECT count(*) FROM gone
