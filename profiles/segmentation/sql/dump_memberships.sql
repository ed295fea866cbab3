-- Purpose: the audiences of each profile of a sandbox, by number, as JSON lines, for COPY.
-- Locks:   none; one statement, one snapshot.
-- Index:   none: it reads the table.
SELECT '{"profile":"' || encode(profile, 'hex') || '","numbers":' || array_to_json(audiences) || '}'
FROM profile_membership
WHERE sandbox = %(sandbox)s AND audiences <> '{}'
