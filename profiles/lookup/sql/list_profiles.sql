-- Purpose: one page of profiles, in id order.
-- Index:   profile_sandbox, identity_profile, profile_event_identity.
SELECT p.id, p.document, p.updated_at, m.namespaces, m.values, m.last_event_at
FROM (
    SELECT id, document, updated_at FROM profile
    WHERE sandbox = %(sandbox)s AND id > %(after)s
    ORDER BY id LIMIT %(limit)s
) p
CROSS JOIN LATERAL (
    SELECT array_agg(o.namespace ORDER BY o.id) AS namespaces,
           array_agg(o.value ORDER BY o.id) AS values,
           max((SELECT max(e.timestamp) FROM profile_event e WHERE e.identity = o.id))
               AS last_event_at
    FROM identity o WHERE o.profile = p.id
) m
ORDER BY p.id
