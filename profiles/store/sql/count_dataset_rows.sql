-- Purpose: how much of the profile store came from one dataset.
-- Locks:   none.
-- Index:   profile_event_pkey, profile_fragment_dataset.
SELECT
    (SELECT count(*) FROM profile_event WHERE dataset = %(dataset)s),
    (SELECT count(*) FROM profile_fragment WHERE dataset = %(dataset)s)
