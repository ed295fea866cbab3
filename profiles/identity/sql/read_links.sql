-- Purpose: links that start or end at the given identities, oldest first, with both ends.
-- Index:   identity_edge_pkey, identity_edge_b, identity_pkey.
SELECT a.namespace, a.value, b.namespace, b.value,
       e.first_established, e.last_established, e.datasets
FROM identity_edge e
JOIN identity a ON a.id = e.a
JOIN identity b ON b.id = e.b
WHERE (e.a = ANY(%(ids)s) OR e.b = ANY(%(ids)s)) AND e.sandbox = %(sandbox)s
ORDER BY e.first_established, e.a, e.b
