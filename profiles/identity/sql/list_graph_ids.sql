-- Purpose: a page of the graphs of a sandbox that have at least two identities.
-- Index:   identity_profile.
SELECT DISTINCT i.profile
FROM identity i
WHERE i.sandbox = %(sandbox)s AND i.profile > %(after)s AND i.id <> i.profile
ORDER BY i.profile
LIMIT %(limit)s
