-- Purpose: write the memberships of profiles whose standing or next due moment changed; `kinds` says
--          by place, from 1, which of the states is whose: many profiles may share them.
-- Locks:   the rows it writes; the reader's position row keeps other writers out.
-- Index:   profile_membership_pkey.
WITH kind AS MATERIALIZED (
    SELECT place, string_to_array(audiences, ',')::int[] AS audiences, states, nullif(due_at, 0) AS due_at
    FROM unnest(%(audiences)s::text[], %(states)s::bytea[], %(due_ats)s::bigint[])
        WITH ORDINALITY AS kind (audiences, states, due_at, place)
)
INSERT INTO profile_membership AS stored (profile, sandbox, audiences, states, due_at)
SELECT profile, %(sandbox)s, audiences, states, due_at
FROM unnest(%(profiles)s::bytea[], %(kinds)s::int[]) AS new (profile, place)
JOIN kind USING (place)
ON CONFLICT (profile) DO UPDATE SET
    audiences = excluded.audiences,
    states = excluded.states,
    due_at = excluded.due_at
