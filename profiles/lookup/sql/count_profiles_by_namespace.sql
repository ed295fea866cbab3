-- Purpose: in how many profiles each namespace occurs.
-- Index:   none: reads the sandbox's identities once.
SELECT i.namespace, count(DISTINCT i.profile)
FROM identity i
JOIN profile p ON p.id = i.profile
WHERE i.sandbox = %(sandbox)s
GROUP BY i.namespace
ORDER BY i.namespace
