-- Purpose: a page of a sandbox's profiles by the identity each is named after, with memberships;
--          with `members`, only of profiles that are or were in an audience.
-- Locks:   none.
-- Index:   none: it reads identities page by page in key order (identity_pkey).
SELECT i.id, i.namespace, i.value, m.states
FROM identity i
LEFT JOIN profile_membership m ON m.profile = i.id
WHERE i.sandbox = %(sandbox)s
  AND i.profile = i.id
  AND i.id > %(after)s
  AND (m.profile IS NOT NULL OR NOT %(members)s)
ORDER BY i.id
LIMIT %(limit)s
