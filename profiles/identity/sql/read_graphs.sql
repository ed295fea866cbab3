-- Purpose: the members of the graphs of the given identities.
-- Index:   identity_pkey, identity_profile.
SELECT r.id, m.id, m.namespace, m.value, m.created_at
FROM identity r
JOIN identity m ON m.profile = r.profile
WHERE r.id = ANY(%(ids)s) AND r.sandbox = %(sandbox)s
ORDER BY r.id, m.id
