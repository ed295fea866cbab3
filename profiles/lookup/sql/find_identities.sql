-- Purpose: identities whose value is one of the given texts or whose id is given, else
--          those whose value begins with the text.
-- Index:   identity_pkey, identity_value (a range of it for the prefix), identity_profile.
WITH found AS (
    SELECT id, namespace, value, profile, true AS exact
    FROM identity
    WHERE sandbox = %(sandbox)s
      AND (value = ANY(%(texts)s::text[]) OR id = %(id)s::bytea)
    UNION ALL
    (SELECT id, namespace, value, profile, false
     FROM identity
     WHERE sandbox = %(sandbox)s AND value >= %(prefix)s AND value < %(prefix_end)s
       AND value <> ALL(%(texts)s::text[])
     ORDER BY value
     LIMIT %(limit)s)
)
SELECT f.namespace, f.value, f.exact,
       (SELECT count(*) FROM identity o WHERE o.profile = f.profile) AS graph_size
FROM found f
ORDER BY f.exact DESC, f.value, f.namespace
LIMIT %(limit)s
