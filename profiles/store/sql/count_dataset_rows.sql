-- Purpose: how much of the profile store came from some datasets.
-- Locks:   none.
-- Index:   profile_event_pkey, profile_fragment_dataset.
SELECT
    (SELECT count(*) FROM profile_event WHERE dataset = ANY(%(datasets)s::int[])),
    (SELECT count(*) FROM profile_fragment WHERE dataset = ANY(%(datasets)s::int[]))
