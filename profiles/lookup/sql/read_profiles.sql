-- Purpose: the graphs of the given identities with their cached merged documents and memberships:
--          a look-up in one round trip. Where no attributes are known (no row, or '{}'), the newest event tells
--          whether there is a profile at all.
-- Index:   identity_pkey, identity_profile, profile_pkey, profile_membership_pkey,
--          profile_event_identity.
SELECT i.id, i.namespace, i.value, m.namespaces, m.values,
       p.document, p.sources, p.updated_at,
       CASE WHEN p.id IS NULL OR p.document = '\x7b7d' THEN (
           SELECT max((SELECT max(e.timestamp) FROM profile_event e WHERE e.identity = o.id))
           FROM identity o
           WHERE o.profile = i.profile
       ) END AS last_event_at,
       s.states
FROM identity i
CROSS JOIN LATERAL (
    SELECT array_agg(o.namespace ORDER BY o.id) AS namespaces,
           array_agg(o.value ORDER BY o.id) AS values
    FROM identity o WHERE o.profile = i.profile
) m
LEFT JOIN profile p ON p.id = i.profile
LEFT JOIN profile_membership s ON s.profile = i.profile
WHERE i.id = ANY(%(ids)s) AND i.sandbox = %(sandbox)s
