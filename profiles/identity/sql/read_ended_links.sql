-- Purpose: links at the given identities that a rule or the capacity cut, latest first.
-- Index:   identity_edge_ended_pkey, identity_edge_ended_b, identity_pkey.
SELECT a.namespace, a.value, b.namespace, b.value,
       e.first_established, e.last_established, e.datasets, e.ended_at, e.reason
FROM identity_edge_ended e
JOIN identity a ON a.id = e.a
JOIN identity b ON b.id = e.b
WHERE (e.a = ANY(%(ids)s) OR e.b = ANY(%(ids)s)) AND e.sandbox = %(sandbox)s
ORDER BY e.ended_at DESC, e.ended_seq DESC, e.a, e.b
