-- Purpose: write the memberships of profiles whose standing or next due moment changed.
-- Locks:   the rows it writes, in id order (the caller sorts).
-- Index:   profile_membership_pkey.
INSERT INTO profile_membership AS stored (profile, sandbox, audiences, states, due_at)
SELECT profile, %(sandbox)s, string_to_array(audiences, ',')::int[], states, nullif(due_at, 0)
FROM unnest(%(profiles)s::bytea[], %(audiences)s::text[], %(states)s::bytea[], %(due_ats)s::bigint[])
    AS new (profile, audiences, states, due_at)
ON CONFLICT (profile) DO UPDATE SET
    audiences = excluded.audiences,
    states = excluded.states,
    due_at = excluded.due_at
