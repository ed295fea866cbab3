-- Purpose: links that start or end at the given identities, oldest first, with both ends.
-- Index:   identity_edge_pkey, identity_edge_b, identity_pkey.
SELECT e.a, a.namespace, a.value, e.b, b.namespace, b.value,
       e.first_established, e.last_established, e.datasets,
       e.active, e.removed_at, e.removed_reason
FROM identity_edge e
JOIN identity a ON a.id = e.a
JOIN identity b ON b.id = e.b
WHERE (e.a = ANY(%(ids)s) OR e.b = ANY(%(ids)s)) AND e.sandbox = %(sandbox)s
  AND (e.active OR %(removed)s)
ORDER BY e.first_established, e.a, e.b
