-- Purpose: write the memberships of profiles whose standing or next due moment changed. Those that
--          have the same come as one value, their ids of 16 bytes one behind the other.
-- Locks:   the rows it writes; the reader's position row keeps other writers out.
-- Index:   profile_membership_pkey.
WITH kind AS MATERIALIZED (
    SELECT profiles, string_to_array(audiences, ',')::int[] AS audiences, states,
        nullif(due_at, 0) AS due_at
    FROM unnest(%(profiles)s::bytea[], %(audiences)s::text[], %(states)s::bytea[], %(due_ats)s::bigint[])
        AS kind (profiles, audiences, states, due_at)
)
INSERT INTO profile_membership AS stored (profile, sandbox, audiences, states, due_at)
SELECT substring(profiles FROM start FOR 16), %(sandbox)s, audiences, states, due_at
FROM kind CROSS JOIN generate_series(1, length(profiles), 16) AS start
ON CONFLICT (profile) DO UPDATE SET
    audiences = excluded.audiences,
    states = excluded.states,
    due_at = excluded.due_at
